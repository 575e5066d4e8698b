import { capacityFindings } from '#signatures';
import { foldText } from '#kernel';
import type { FileRow } from './fileStore.ts';
import type { IncomingFacts } from './incoming.ts';

interface Finding {
  readonly code: string;
  readonly vi: string;
  readonly en: string;
}

/**
 * What a received document shows about its signer that the clerk should ask about: a capacity that does not go with
 * the post (Decree 30/2020 Art. 13), a signer whose name is in no signature. Flagged, never refused here (S3.5).
 */
export function signerFindings(
  facts: Pick<IncomingFacts, 'signer' | 'issuerName'>,
  files: readonly Pick<FileRow, 'signatures'>[],
): Finding[] {
  const { signer, issuerName } = facts;
  const found: Finding[] = capacityFindings({
    competence: signer.competence,
    position: signer.position,
    organisation: issuerName,
  }).map(({ code, vi, en }) => ({ code, vi, en }));
  const signed = files.flatMap((file) => file.signatures?.signatures ?? []);
  const name = foldText(signer.fullName);
  if (name !== '' && signed.length > 0 && !signed.some((one) => foldText(one.signer).includes(name)))
    found.push({
      code: 'signer-not-in-signatures',
      vi: `không có chữ ký số nào mang tên người ký ${signer.fullName}`,
      en: `no digital signature bears the name of the signer ${signer.fullName}`,
    });
  return found;
}

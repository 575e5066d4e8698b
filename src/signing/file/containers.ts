import { createHash } from 'node:crypto';
import { verifyAsic } from '../asic/index.ts';
import { verifyCades } from '../cades/index.ts';
import type { PdfPolicy } from '../pades/index.ts';
import { worstOf, type Indication, type ValidationReport } from '../report/types.ts';
import { verifyXml } from '../xmldsig/index.ts';
import { recogniseFile } from './recognise.ts';
import type { CheckedFile, CheckedPart } from './verifyFile.ts';

/** What `verifyFile` says of a file beside its size and digest. */
type Checked = Pick<CheckedFile, 'indication' | 'unsigned' | 'report' | 'parts'>;

/** Only the common report: signed octets are the file's own and are not carried about twice. */
function common(report: ValidationReport): ValidationReport {
  const { kind, indication, subIndication, unsigned, signatures, findings, checkedAt, policy } = report;
  return {
    kind,
    indication,
    ...(subIndication === undefined ? {} : { subIndication }),
    unsigned,
    signatures,
    findings,
    checkedAt,
    ...(policy === undefined ? {} : { policy }),
  };
}

const checkedAs = (report: ValidationReport): Checked => ({
  indication: report.indication,
  unsigned: report.unsigned,
  report: common(report),
  parts: [],
});

/** An XML document with signatures in it. @throws XmlSignatureError */
export const checkXml = async (bytes: Uint8Array, policy: PdfPolicy): Promise<Checked> =>
  checkedAs(await verifyXml(bytes, policy));

/** A CMS signature; a detached one lacks its content here and says so. @throws CadesError */
export const checkCms = async (bytes: Uint8Array, policy: PdfPolicy): Promise<Checked> =>
  checkedAs(await verifyCades(bytes, policy));

/**
 * An ASiC container, and every PDF in it for itself: a signed PDF in it that is not valid makes the container not
 * valid. Other containers in it are named and not opened.
 * @throws AsicError
 */
export async function checkAsic(
  bytes: Uint8Array,
  policy: PdfPolicy,
  check: (pdf: Uint8Array) => Promise<Pick<CheckedPart, 'file' | 'problem'>>,
): Promise<Checked> {
  const report = await verifyAsic(bytes, policy);
  const parts: CheckedPart[] = [];
  for (const { name, bytes: content } of report.files)
    parts.push({
      name,
      size: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
      ...(recogniseFile(content) === 'pdf' ? await check(content) : {}),
    });
  const inner = parts.flatMap(({ file }): Indication[] =>
    file === undefined || file.unsigned ? [] : [file.indication],
  );
  return { ...checkedAs(report), indication: worstOf([report.indication, ...inner]), parts };
}

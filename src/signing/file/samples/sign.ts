import { documentAt, openPdf, pagesOf, updatePdf, withEntries } from '#formats/pdf';
import { signingOffice } from '../../pades/attacks/index.ts';
import { officerSignature, signPdf } from '../../pades/index.ts';
import type { PdfPolicy } from '../../pades/index.ts';
import type { Sample } from './index.ts';
import { seeded } from './random.ts';

/** Signs samples with the keys of an invented office, and breaks those that are to be broken. */
export function sampleSigner(now: Date): {
  readonly policy: PdfPolicy;
  finish(sample: Sample, seed: number): Promise<Uint8Array>;
} {
  const office = signingOffice('p-256', now);
  const sign = async ({ by, pdf }: Sample): Promise<Uint8Array> =>
    by === 'officer'
      ? await signPdf(pdf, {
          ...officerSignature(pdf, { signingTime: now, signerName: 'Trần Thử Nghiệm' }),
          signer: office.officer,
          timestamp: office.authority.timestamps,
        })
      : await signPdf(pdf, {
          field: 'ky_co_quan',
          signingTime: now,
          signerName: 'Văn phòng Thử nghiệm',
          appearance: { kind: 'seal', upper: 'Văn phòng Thử nghiệm' },
          signer: office.seal,
          timestamp: office.authority.timestamps,
        });
  return {
    policy: office.policy,
    async finish(sample, seed) {
      if (sample.signed === 'unsigned') return sample.pdf;
      const signed = await sign(sample);
      return sample.signed === 'signed' ? signed : damage(signed, seed);
    },
  };
}

/** A byte flipped in what is signed, or a page turned by a later update. */
function damage(signed: Uint8Array, seed: number): Uint8Array {
  if (seeded(seed).chance(0.7)) {
    const bytes = Buffer.from(signed);
    const at = bytes.indexOf('/Producer') + 12;
    bytes[at] = bytes[at] === 0x41 ? 0x42 : 0x41;
    return bytes;
  }
  const document = documentAt(openPdf(signed));
  const page = pagesOf(document)[0];
  const writer = updatePdf(document);
  if (page) writer.setObject(page.ref, withEntries(page.dict, { Rotate: 180 }));
  return writer.finish().bytes;
}

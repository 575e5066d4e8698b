import { record } from '#audit';
import { organisationById } from '#directory';
import { PdfError } from '#formats/pdf';
import { vietnamIso, type PersonId, type Unit } from '#kernel';
import {
  officerSignature,
  organisationSignature,
  PadesError,
  signPdf,
  type Signer,
  type SignPdfOptions,
} from '#signing';
import { heldAuthority } from './authorityStore.ts';
import { signerOf } from './keys.ts';
import { refuse } from './refusals.ts';

export interface SignedPdf {
  readonly pdf: Buffer;
  /** ISO 8601 with the zone of Viet Nam. */
  readonly signedAt: string;
  readonly level: 'B-T' | 'B-B';
}
export interface SealedPdf {
  readonly pdf: Buffer;
  readonly sealedAt: string;
  readonly level: 'B-T' | 'B-B';
}

type Act = Omit<SignPdfOptions, 'signer' | 'timestamp'>;

/** Signs with a timestamp where there is a source of them; what the file does not allow is told in one line. */
async function sign(
  unit: Unit,
  pdf: Uint8Array,
  act: Act,
  signer: Signer,
): Promise<{ pdf: Buffer; level: 'B-T' | 'B-B' }> {
  const held = await heldAuthority(unit.ctx);
  try {
    const signed = await signPdf(pdf, {
      ...act,
      signer,
      ...(held ? { timestamp: held.authority.timestamps } : {}),
    });
    return { pdf: Buffer.from(signed.buffer, signed.byteOffset, signed.length), level: held ? 'B-T' : 'B-B' };
  } catch (error) {
    if (error instanceof PadesError)
      throw refuse('file-not-signable', { reason: error.text.vi.replace(/\.$/, '') });
    if (error instanceof PdfError) throw refuse('file-not-signable', { reason: error.code });
    throw error;
  }
}

/**
 * The competent person's signature (Decree 30/2020 Art. 13, Appendix I): PAdES B-T, certifying (DocMDP 2), the blue
 * image of the signature in the reserved field.
 * @throws Refusal no-key, wrong-pin, key-locked, file-not-signable
 */
export async function signAsOfficer(
  unit: Unit,
  signing: {
    readonly pdf: Uint8Array;
    readonly personId: PersonId;
    readonly pin: string;
    readonly field?: string;
    readonly capacity?: string;
    readonly title?: string;
    readonly fullName: string;
  },
): Promise<SignedPdf> {
  const { signer, key } = await signerOf(unit, 'officer', signing.personId, signing.pin, signing.fullName);
  const act = officerSignature(signing.pdf, { signingTime: unit.now, signerName: signing.fullName });
  const { pdf, level } = await sign(
    unit,
    signing.pdf,
    signing.field === undefined ? act : { ...act, field: signing.field },
    signer,
  );
  await record(unit, {
    action: 'signatures.sign',
    object: `person:${signing.personId}`,
    detail: { key: key.key_id, capacity: signing.capacity ?? '', title: signing.title ?? '', level },
  });
  return { pdf, signedAt: vietnamIso(unit.now), level };
}

/** "ngày 05 tháng 02 năm 2026": days below ten and January and February with a nought (Decree 30/2020 App. I). */
function printedDate(date: string): string {
  const [year, month, day] = date.split('-') as [string, string, string];
  return `ngày ${day} tháng ${Number(month) <= 2 ? month : String(Number(month))} năm ${year}`;
}

/**
 * The organisation's signature: fills number and date into their reserved fields and locks all (FieldMDP All), with
 * the red seal over a third of the officer's signature.
 * @param sealing.notation what stands behind the number, with its slash
 * @param sealing.date yyyy-MM-dd
 * @throws Refusal no-key, wrong-pin, key-locked, file-not-signable
 */
export async function sealAsOrganisation(
  unit: Unit,
  sealing: {
    readonly pdf: Uint8Array;
    readonly number: string;
    readonly notation: string;
    readonly date: string;
    readonly pin: string;
  },
): Promise<SealedPdf> {
  const organisation = await organisationById(unit.tx, unit.org, unit.now);
  const name = organisation?.name ?? '';
  const { signer, key } = await signerOf(unit, 'seal', null, sealing.pin, name);
  const separator = sealing.notation.startsWith('/') ? '' : '/';
  const act = organisationSignature({
    signingTime: unit.now,
    organisation: name,
    ...(organisation?.parentName ? { superior: organisation.parentName } : {}),
    number: `${sealing.number}${separator}${sealing.notation}`,
    date: printedDate(sealing.date),
  });
  const { pdf, level } = await sign(unit, sealing.pdf, act, signer);
  await record(unit, {
    action: 'signatures.seal',
    object: `organisation:${unit.org}`,
    detail: { key: key.key_id, number: `${sealing.number}${separator}${sealing.notation}`, level },
  });
  return { pdf, sealedAt: vietnamIso(unit.now), level };
}

import type { PersonId, Unit } from '#kernel';
import { initialsSignature, type InitialsField } from '#signing';
import { signerOf } from './keys.ts';
import { refuse } from './refusals.ts';
import { checkSize, keepRecord, sign, type SignedPdf } from './sign.ts';

/**
 * "Ký nháy" (Decree 30/2020 Art. 11): the drafter's or their unit's initials on the reserved field. The first signature
 * of a file certifies it (DocMDP 2: from here on only filling and signing).
 * @throws Refusal no-key, not-your-key, wrong-pin, key-locked, file-not-signable, file-too-large
 */
export async function initialAsPerson(
  unit: Unit,
  signing: {
    readonly pdf: Uint8Array;
    readonly field: InitialsField;
    readonly personId: PersonId;
    readonly fullName: string;
    readonly pin: string;
  },
): Promise<SignedPdf> {
  checkSize(unit, signing.pdf);
  const { actor } = unit;
  if (actor.kind === 'person' && actor.personId !== signing.personId) throw refuse('not-your-key');
  const { signer, key } = await signerOf(unit, 'officer', signing.personId, signing.pin, signing.fullName);
  const signed = await sign(unit, signing.pdf, signer, () =>
    initialsSignature(signing.pdf, {
      field: signing.field,
      signingTime: unit.now,
      signerName: signing.fullName,
    }),
  );
  await keepRecord(unit, 'signatures.initialled', key, signing.pdf, signed.pdf, {
    field: signing.field,
    level: signed.level,
  });
  return { ...signed, signedAt: unit.now.toISOString() };
}

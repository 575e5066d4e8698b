import { record } from '#audit';
import { organisationById, type Organisation } from '#directory';
import { issueDateText } from '#formats/letter';
import { PdfError } from '#formats/pdf';
import { sha256Hex, type PersonId, type Unit } from '#kernel';
import {
  annexSignature,
  copySignature,
  extendPdf,
  officerSignature,
  organisationSignature,
  PadesError,
  signPdf,
  type Signer,
} from '#signing';
import { heldAuthority } from './authorityStore.ts';
import { signerOf, stillUsable, type OpenedKey } from './keys.ts';
import { refuse } from './refusals.ts';
import type { KeyRow } from './store.ts';
import { trustSet } from './trust.ts';

/**
 * PAdES level (ETSI EN 319 142-1): B-LT carries all evidence, B-T has a time-stamp, B-B has none because no authority
 * for it is at hand.
 */
export type PadesLevel = 'B-LT' | 'B-T' | 'B-B';

export interface SignedPdf {
  readonly pdf: Buffer;
  readonly signedAt: string;
  readonly level: PadesLevel;
}

export interface SealedPdf {
  readonly pdf: Buffer;
  /** The annexes in their order, each signed and bound to the document by its hash. */
  readonly annexes: readonly Buffer[];
  readonly sealedAt: string;
  readonly level: PadesLevel;
}

type SignatureOptions = ReturnType<typeof organisationSignature>;

/** Signs with a time-stamp where an authority is at hand; what the file does not allow is a refusal in plain words. */
export async function sign(
  unit: Unit,
  pdf: Uint8Array,
  signer: Signer,
  optionsOf: () => SignatureOptions,
): Promise<{ pdf: Buffer; level: PadesLevel }> {
  const held = await heldAuthority(unit.ctx);
  try {
    const signed = await signPdf(pdf, {
      ...optionsOf(),
      signer,
      ...(held ? { timestamp: held.authority.timestamps } : {}),
    });
    return { pdf: Buffer.from(signed), level: held ? 'B-T' : 'B-B' };
  } catch (error) {
    throw asRefusal(error);
  }
}

/**
 * Puts the evidence of every signature of a closed file into it: from here on it can be checked without asking
 * anybody. What cannot be had leaves the file at its level; the log tells, the seal is not held up.
 */
async function withEvidence(
  unit: Unit,
  signed: { readonly pdf: Buffer; readonly level: PadesLevel },
): Promise<{ pdf: Buffer; level: PadesLevel }> {
  const held = await heldAuthority(unit.ctx);
  if (!held || signed.level === 'B-B') return signed;
  const { anchors } = await trustSet(unit.ctx);
  const { pdf, level, failures } = await extendPdf(signed.pdf, {
    anchors,
    now: unit.now,
    fetch: held.revocation,
  });
  if (level !== 'B-LT') unit.ctx.log.warn({ level, failures }, 'evidence for a sealed file is not complete');
  return { pdf: Buffer.from(pdf), level: level === 'B-LTA' ? 'B-LT' : level };
}

/** Who signed what with which key, from which bytes to which. */
export async function keepRecord(
  unit: Unit,
  action: string,
  key: KeyRow,
  before: Uint8Array,
  after: Buffer,
  detail: Readonly<Record<string, unknown>>,
): Promise<void> {
  await record(unit, {
    action,
    object: `key:${key.id}`,
    detail: { keyId: key.key_id, from: sha256Hex(before), to: sha256Hex(after), ...detail },
  });
}

/** Right and seal end with the body: from 00:00 of that day nothing is signed or sealed for it (S9.1). */
async function livingOrganisation(unit: Unit): Promise<Organisation> {
  const own = await organisationById(unit.tx, unit.org, unit.now);
  if (!own) throw refuse('body-ended');
  return own;
}

/** @throws Refusal file-too-large */
export function checkSize(unit: Unit, pdf: Uint8Array): void {
  const limit = unit.ctx.config.maxPackageBytes;
  if (pdf.length > limit) throw refuse('file-too-large', { limit: Math.floor(limit / 1_048_576) });
}

/**
 * The competent person's signature on the reserved field (Decree 30/2020 Art. 13, App. I): PAdES B-T, certifying
 * (DocMDP 2: from here on only number, date and the seal may be added), with the blue picture of a written signature.
 * @throws Refusal no-key, not-your-key, wrong-pin, key-locked, file-not-signable, file-too-large
 */
export async function signAsOfficer(
  unit: Unit,
  signing: {
    readonly pdf: Uint8Array;
    readonly personId: PersonId;
    /** The PIN, or the key that it opened for a batch. */
    readonly pin: string | OpenedKey;
    /** Name of the reserved field; that of the letters of this system when absent. */
    readonly field?: string;
    /** As printed: `KT.`, `TM.`; kept in the record. */
    readonly capacity?: string;
    readonly title?: string;
    readonly fullName: string;
  },
): Promise<SignedPdf> {
  checkSize(unit, signing.pdf);
  await livingOrganisation(unit);
  const { actor } = unit;
  if (actor.kind === 'person' && actor.personId !== signing.personId) throw refuse('not-your-key');
  const { personId, pin, fullName } = signing;
  const { signer, key } =
    typeof pin === 'string'
      ? await signerOf(unit, 'officer', personId, pin, fullName)
      : await stillUsable(unit, pin, fullName);
  const signed = await sign(unit, signing.pdf, signer, () => ({
    ...officerSignature(signing.pdf, { signingTime: unit.now, signerName: signing.fullName }),
    ...(signing.field === undefined ? {} : { field: signing.field }),
  }));
  await keepRecord(unit, 'signatures.signed', key, signing.pdf, signed.pdf, {
    capacity: signing.capacity ?? '',
    title: signing.title ?? '',
    level: signed.level,
  });
  return { ...signed, signedAt: unit.now.toISOString() };
}

/**
 * The organisation's signature: fills number and date into their reserved fields and closes the file with the red
 * seal (FieldMDP All), in one revision; the evidence of all signatures follows in another (PAdES B-LT).
 * @param sealing `number` as printed (`07`), `notation` with or without its leading slash, `date` yyyy-MM-dd
 * @throws Refusal no-key, wrong-pin, key-locked, file-not-signable, file-too-large
 */
export async function sealAsOrganisation(
  unit: Unit,
  sealing: {
    readonly pdf: Uint8Array;
    readonly number: string;
    readonly notation: string;
    readonly date: string;
    readonly pin: string;
    /** Separate annex files that bear no signature yet (PDF). */
    readonly annexes?: readonly Uint8Array[];
  },
): Promise<SealedPdf> {
  for (const pdf of [sealing.pdf, ...(sealing.annexes ?? [])]) checkSize(unit, pdf);
  const { signer, key } = await signerOf(unit, 'seal', null, sealing.pin, 'con dấu của cơ quan');
  const own = await livingOrganisation(unit);
  const number = `${sealing.number}/${sealing.notation.replace(/^\//, '')}`;
  const closed = await sign(unit, sealing.pdf, signer, () =>
    organisationSignature({
      signingTime: unit.now,
      organisation: own.name,
      ...(own.parentName ? { superior: own.parentName } : {}),
      number,
      date: issueDateText(sealing.date),
    }),
  );
  const sealed = await withEvidence(unit, closed);
  await keepRecord(unit, 'signatures.sealed', key, sealing.pdf, sealed.pdf, {
    number,
    date: sealing.date,
    level: sealed.level,
  });
  const annexes: Buffer[] = [];
  for (const annex of sealing.annexes ?? []) {
    const signed = await signAnnex(unit, annex, signer, {
      organisation: own?.name ?? key.label,
      number,
      mainHash: sha256Hex(sealed.pdf),
      signingTime: unit.now,
    });
    await keepRecord(unit, 'signatures.annex-signed', key, annex, signed.pdf, {
      number,
      level: signed.level,
    });
    annexes.push(signed.pdf);
  }
  return { pdf: sealed.pdf, annexes, level: sealed.level, sealedAt: unit.now.toISOString() };
}

/**
 * The organisation's signature on an electronic copy (Decree 30/2020 Art. 25–27).
 * @param copy `form` and `number` as printed
 * @throws Refusal no-key, wrong-pin, key-locked, certificate-ended, file-not-signable, file-too-large
 */
export async function signCopy(
  unit: Unit,
  copy: { readonly pdf: Uint8Array; readonly form: string; readonly number: string; readonly pin: string },
): Promise<Buffer> {
  checkSize(unit, copy.pdf);
  const { signer, key } = await signerOf(unit, 'seal', null, copy.pin, 'con dấu của cơ quan');
  const own = await organisationById(unit.tx, unit.org, unit.now);
  const { pdf, options } = readable(() =>
    copySignature(copy.pdf, {
      form: copy.form,
      number: copy.number,
      organisation: own?.name ?? key.label,
      signingTime: unit.now,
    }),
  );
  const signed = await withEvidence(unit, await sign(unit, pdf, signer, () => options));
  await keepRecord(unit, 'signatures.copy-signed', key, copy.pdf, signed.pdf, { number: copy.number });
  return signed.pdf;
}

/** One annex: its place is laid out and signed in one go, because nobody signs it before. */
async function signAnnex(
  unit: Unit,
  annex: Uint8Array,
  signer: Signer,
  act: Parameters<typeof annexSignature>[1],
): Promise<{ pdf: Buffer; level: PadesLevel }> {
  const { pdf, options } = readable(() => annexSignature(annex, act));
  return await withEvidence(unit, await sign(unit, pdf, signer, () => options));
}

/** What a file does not allow is a refusal in plain words. @throws Refusal file-not-signable */
export function readable<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asRefusal(error);
  }
}

function asRefusal(error: unknown): unknown {
  if (!(error instanceof PadesError || error instanceof PdfError)) return error;
  return refuse('file-not-signable', {
    reason: { vi: error.text.vi.replace(/\.$/, ''), en: error.text.en.replace(/\.$/, '') },
  });
}

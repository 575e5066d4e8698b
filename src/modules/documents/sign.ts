import { sealAsOrganisation, signAsOfficer, verifyFile, type OpenedKey, type SignedPdf } from '#signatures';
import { vietnamDate, type PersonId, type Unit } from '#kernel';
import { documentTypeOf } from './contractTypes.ts';
import { officeOf } from './drafts.ts';
import { filesById, type FileRow } from './fileStore.ts';
import { requireAuthority } from './empowered.ts';
import { bytesOf, keepFile } from './files.ts';
import { happenOutgoing } from './happen.ts';
import { postLines } from './letter.ts';
import { notationOf, printedNumber } from './notation.ts';
import { registersOf, takeNumber } from './numberStore.ts';
import type { Outgoing } from './outgoing.ts';
import { outgoingFor } from './policy.ts';
import { refuseDocument } from './refusals.ts';

/** The file of a document as it stands. */
export async function letterBytes(unit: Unit, doc: Outgoing): Promise<Buffer> {
  const [file] = doc.mainFile === null ? [] : await filesById(unit, [doc.mainFile]);
  if (!file) throw refuseDocument('unknown-file');
  return await bytesOf(unit, file);
}

/**
 * Nobody signs over initials that do not hold: a changed text, a certificate revoked before it was used.
 * @throws Refusal earlier-signature
 */
async function requireSoundInitials(unit: Unit, pdf: Uint8Array): Promise<void> {
  const report = await verifyFile(unit.ctx, pdf, { at: unit.now });
  const bad = report.signatures.find((one) => one.indication !== 'TOTAL-PASSED');
  if (bad === undefined) return;
  const [finding] = bad.findings;
  throw refuseDocument('earlier-signature', {
    who: bad.signer?.name ?? bad.field,
    reason: {
      vi: finding?.vi ?? bad.subIndication ?? 'chưa đủ căn cứ',
      en: finding?.en ?? bad.subIndication ?? 'not enough evidence',
    },
  });
}

/** A name that says what the file is and works everywhere: `1600-VPCP-KTTH.pdf`. */
function letterName(doc: Pick<Outgoing, 'notation' | 'content'>): string {
  const base = doc.notation ?? doc.content.abstract.slice(0, 60);
  return `${base.replaceAll('/', '-').replace(/\s+/g, ' ').trim()}.pdf`;
}

/**
 * "Ký duyệt": the leader's signature, with their PIN (Decree 30/2020 Art. 13). The signed file is a new one; the
 * submitted one stays.
 * @throws Refusal not-empowered, earlier-signature, and of #signatures
 */
export async function signOutgoing(unit: Unit, id: string, pin: string | OpenedKey): Promise<Outgoing> {
  const doc = await outgoingFor(unit, id, 'sign');
  const authority = await requireAuthority(unit, doc, unit.now);
  const pdf = await letterBytes(unit, doc);
  await requireSoundInitials(unit, pdf);
  const signed = await signAsOfficer(unit, {
    pdf,
    personId: doc.content.signer.id as PersonId,
    pin,
    field: 'ky_nguoi_co_tham_quyen',
    capacity: doc.content.capacity,
    title: postLines(doc.content).join(' '),
    fullName: doc.content.signer.name,
  });
  return await keepSigned(unit, doc, signed, authority);
}

/** The signed file takes the place of the submitted one, whatever key signed it. */
export async function keepSigned(
  unit: Unit,
  doc: Outgoing,
  signed: Pick<SignedPdf, 'pdf' | 'signedAt'>,
  authority: string,
): Promise<Outgoing> {
  const file = await keepFile(unit, {
    name: letterName(doc),
    bytes: signed.pdf,
    ref: `outgoing:${doc.id}`,
    role: 'signed',
    contentType: 'application/pdf',
  });
  return await happenOutgoing(unit, doc, doc.id, {
    type: 'signed',
    fileId: file.id,
    signedAt: new Date(signed.signedAt).toISOString(),
    authority,
  });
}

/**
 * "Cấp số": the next number of the register and year, and with it notation, date and DocumentId. Legal only after
 * the leader's signature and before the seal: the transition table says so, before a number is taken.
 * @throws Refusal unknown-register
 */
export async function numberOutgoing(unit: Unit, id: string, register: string): Promise<Outgoing> {
  const doc = await outgoingFor(unit, id, 'number');
  await requireAuthority(unit, doc, new Date(doc.signedAt!));
  const registers = await registersOf(unit);
  if (!registers.some((known) => known.code === register && known.kind === 'outgoing'))
    throw refuseDocument('unknown-register', { register });
  const office = await officeOf(unit);
  const date = vietnamDate(unit.now);
  const year = Number(date.slice(0, 4));
  const value = await takeNumber(unit, { register, year, kind: 'outgoing', documentId: id });
  const type = documentTypeOf(doc.content.typeCode) ?? { abbreviation: '' };
  const { full } = notationOf(value, type, office.abbreviation, doc.unit?.abbreviation ?? '');
  return await happenOutgoing(unit, doc, id, {
    type: 'numbered',
    register,
    year,
    value,
    notation: full,
    date,
    documentId: `${office.code},${date.replaceAll('-', '/')},${full}`,
  });
}

/** Annexes that the seal signs too: PDFs without a signature; others stand for themselves (App. I, II.8). */
const isUnsignedAnnex = (file: FileRow): boolean =>
  file.contentType === 'application/pdf' && file.signatures?.verdict === 'unsigned';

/**
 * "Đóng dấu": number and date go into their reserved fields, then the organisation's signature closes the file; each
 * separate annex is signed and bound to it.
 */
export async function sealOutgoing(unit: Unit, id: string, pin: string): Promise<Outgoing> {
  const doc = await outgoingFor(unit, id, 'seal');
  await requireAuthority(unit, doc, new Date(doc.signedAt!));
  const notation = doc.notation!;
  const slash = notation.indexOf('/');
  const attachments = await filesById(unit, doc.content.attachments);
  const annexes = attachments.filter(isUnsignedAnnex);
  const annexBytes: Buffer[] = [];
  for (const annex of annexes) annexBytes.push(await bytesOf(unit, annex));
  const sealed = await sealAsOrganisation(unit, {
    pdf: await letterBytes(unit, doc),
    number: printedNumber(doc.number!),
    notation: notation.slice(slash),
    date: doc.promulgationDate!,
    pin,
    annexes: annexBytes,
  });
  const file = await keepFile(unit, {
    name: letterName(doc),
    bytes: sealed.pdf,
    ref: `outgoing:${id}`,
    role: 'sealed',
    contentType: 'application/pdf',
  });
  const signedAnnexes = new Map<string, string>();
  for (const [index, bytes] of sealed.annexes.entries()) {
    const { id: before, name } = annexes[index]!;
    const { id: after } = await keepFile(unit, {
      name,
      bytes,
      ref: `outgoing:${id}`,
      role: 'attachment',
      contentType: 'application/pdf',
    });
    signedAnnexes.set(before, after);
  }
  return await happenOutgoing(unit, doc, id, {
    type: 'sealed',
    fileId: file.id,
    sealedAt: new Date(sealed.sealedAt).toISOString(),
    ...(signedAnnexes.size === 0
      ? {}
      : { attachments: doc.content.attachments.map((one) => signedAnnexes.get(one) ?? one) }),
  });
}

import { signingAuthorityAt, type AuthorityVerdict, type Capacity } from '#signatures';
import { vietnamDate, type PersonId, type Unit } from '#kernel';
import type { Outgoing } from './outgoing.ts';
import { refuseDocument } from './refusals.ts';

/** Whether the signer named on the document is empowered on a day, by what is known now (S3.5). */
export async function authorityOf(unit: Unit, doc: Outgoing, at: Date): Promise<AuthorityVerdict> {
  const { signer, capacity, typeCode } = doc.content;
  const scope = { capacity: capacity satisfies Capacity, typeCode, unitId: doc.unit?.id ?? null };
  return await signingAuthorityAt(unit, signer.id as PersonId, scope, at);
}

/**
 * Stops a signature, a number or a seal that would make an act of somebody who was not empowered.
 * @param at the day of signing
 * @returns the basis, for the record
 * @throws Refusal not-empowered, with the reason and who may sign
 */
export async function requireAuthority(unit: Unit, doc: Outgoing, at: Date): Promise<string> {
  const verdict = await authorityOf(unit, doc, at);
  if (verdict.ok) return verdict.basis;
  const { signer, capacity } = doc.content;
  const [year, month, day] = vietnamDate(at).split('-');
  throw refuseDocument('not-empowered', {
    signer: signer.name,
    capacity: capacity === '' ? { vi: 'trực tiếp', en: 'in their own name' } : capacity,
    date: `${day}/${month}/${year}`,
    reason: verdict.reason,
    whoMay:
      verdict.whoMay.length > 0
        ? verdict.whoMay.join('; ')
        : { vi: 'chưa có ai, xem trang Thẩm quyền ký', en: 'nobody yet, see the page of signing authority' },
  });
}

/** What the screen says before anybody signs or seals; null where it no longer matters. */
export async function authorityView(
  unit: Unit,
  doc: Outgoing,
): Promise<{
  ok: boolean;
  basis: string | null;
  reason: { vi: string; en: string } | null;
  whoMay: string[];
} | null> {
  if (!['in-review', 'approved', 'leader-signed', 'numbered'].includes(doc.state)) return null;
  const verdict = await authorityOf(unit, doc, doc.signedAt === null ? unit.now : new Date(doc.signedAt));
  return verdict.ok
    ? { ok: true, basis: verdict.basis, reason: null, whoMay: [] }
    : { ok: false, basis: null, reason: { ...verdict.reason }, whoMay: [...verdict.whoMay] };
}

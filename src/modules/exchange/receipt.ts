import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { bindsRecipients, LedgerError, verifyReceipt, type ReceiptClaims } from '#ledger';
import type { Acceptance, AxisKey, InboxItem } from './axisClient.ts';

function claimsOf(receipt: string, key: AxisKey): ReceiptClaims | string {
  try {
    const read = verifyReceipt(receipt, createPublicKey({ key: key.jwk as JsonWebKey, format: 'jwk' }));
    return read.kid === key.kid ? read.claims : 'khóa khác với khóa đã ghim';
  } catch (error) {
    if (error instanceof LedgerError) return error.code;
    throw error;
  }
}

/**
 * Checks the answer of the axis to a package of ours: the receipt is signed by the pinned key, speaks of exactly
 * these bytes, and says the same as the answer around it.
 * @returns what is wrong, or null
 */
export function receiptFault(acceptance: Acceptance, envelope: string, key: AxisKey): string | null {
  const claims = claimsOf(acceptance.receipt, key);
  if (typeof claims === 'string') return claims;
  if (claims.envelopeHash !== envelope || acceptance.envelope !== envelope) return 'gói tin khác';
  if (claims.log.origin !== key.origin) return 'nhật ký khác';
  const codes = acceptance.recipients.map(({ code }) => code);
  if (!bindsRecipients(claims, codes)) return 'danh sách nơi nhận không khớp';
  if (claims.log.index !== acceptance.logIndex) return 'vị trí trong nhật ký không khớp';
  if (claims.counter !== acceptance.counter) return 'số thứ tự không khớp';
  if (Date.parse(claims.acceptedAt) !== Date.parse(acceptance.acceptedAt)) return 'thời điểm không khớp';
  return null;
}

/** Checks the receipt that comes with an item of the inbox in the same way. @returns what is wrong, or null */
export function inboxReceiptFault(item: InboxItem, key: AxisKey): string | null {
  const claims = claimsOf(item.receipt, key);
  if (typeof claims === 'string') return claims;
  // The receipt binds the bytes; a package that goes to a part of its recipients only has another name.
  if (claims.envelopeHash !== (item.contentHash ?? item.envelope)) return 'gói tin khác';
  if (claims.log.origin !== key.origin) return 'nhật ký khác';
  if (item.logIndex != null && claims.log.index !== item.logIndex) return 'vị trí trong nhật ký không khớp';
  return null;
}

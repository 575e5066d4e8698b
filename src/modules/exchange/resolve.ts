import { heirsOf } from '#directory';
import type { OrgId, Tx } from '#kernel';
import { receivedFrom } from './inboxStore.ts';
import { lockRecipient, recipientsOf, sentByCodeAndYear, sentByDocumentId } from './outboxStore.ts';
import type { InboxRow, OutboxRow, RecipientRow } from './tables.ts';

/** What a status says of the document that it speaks about (edXML §4.3). */
export interface ResponseFor {
  /** The organisation that the status goes to. */
  readonly organId: string;
  /** Number and notation, `2491/STC-BCTC`. */
  readonly code: string;
  readonly documentId: string;
  /** yyyy-MM-dd; null when absent or unreadable. */
  readonly promulgationDate: string | null;
}

/** Vietnamese letters compare in one form, and blanks at the ends do not count; nothing else is forgiven. */
export const exact = (text: string): string => text.normalize('NFC').trim();

/**
 * The year of promulgation that a status names: of its date, else of its document id when that has the usual shape
 * `<organisation>,<yyyy/MM/dd>,<number/notation>`; null when it names none.
 */
export function yearOf(about: Pick<ResponseFor, 'documentId' | 'promulgationDate'>): number | null {
  const fromDate = /^(\d{4})[-/]/.exec(about.promulgationDate ?? '')?.[1];
  const fromId = /^[^,]+,\s*(\d{4})[-/]\d{1,2}[-/]\d{1,2}\s*,/.exec(about.documentId)?.[1];
  const year = Number(fromDate ?? fromId ?? Number.NaN);
  return year >= 1945 && year <= 9999 ? year : null;
}

/**
 * The document of ours that a receiver's status speaks of: by document id exactly; else by the responding
 * organisation, number/notation and year of promulgation. Never by number alone (S1.3).
 * @param peer the responding organisation: one of the document's recipients, or who answers for one at the instant `at`
 */
export async function findSent(
  tx: Tx,
  peer: OrgId,
  about: ResponseFor,
  at: Date,
): Promise<{ readonly outbox: OutboxRow; readonly recipient: RecipientRow } | null> {
  const documentId = exact(about.documentId);
  const byId = documentId === '' ? [] : await sentByDocumentId(tx, documentId);
  const year = yearOf(about);
  const candidates =
    byId.length > 0 || year === null || exact(about.code) === ''
      ? byId
      : await sentByCodeAndYear(tx, exact(about.code), year);
  for (const outbox of candidates) {
    const recipient = await lockRecipient(tx, outbox.id, peer);
    if (recipient) return { outbox, recipient };
  }
  // Whoever answers for a body that has ended answers for what was written to it.
  for (const outbox of candidates) {
    const ids = (await recipientsOf(tx, outbox.id)).map((row) => row.recipient_id as OrgId);
    const heirs = await heirsOf(tx, ids, at);
    const answered = ids.find((id) => heirs.get(id)?.org.id === peer);
    const recipient = answered && (await lockRecipient(tx, outbox.id, answered));
    if (recipient) return { outbox, recipient };
  }
  return null;
}

/** The document of theirs that a sender's status (13) or an answer of ours speaks of; the same rule. */
export async function findReceived(tx: Tx, peer: OrgId, about: ResponseFor): Promise<InboxRow | null> {
  const documentId = exact(about.documentId);
  const byId = documentId === '' ? undefined : await receivedFrom(tx, peer, { documentId });
  if (byId) return byId;
  const year = yearOf(about);
  const code = exact(about.code);
  if (year === null || code === '') return null;
  return (await receivedFrom(tx, peer, { code, year })) ?? null;
}

import { organisationById, organisationsById, type Organisation } from '#directory';
import type { Context, OrgId, Unit } from '#kernel';
import { record } from '#audit';
import { localOf } from './context.ts';
import { packDocument, type DocumentToSend } from './package.ts';
import { refuse } from './refusals.ts';
import { exact } from './resolve.ts';
import { outboxAfter, type OutboxState } from './states.ts';
import { insertOutbox, insertRecipients, lockOutbox, setOutboxState } from './outboxStore.ts';
import type { OutboxRow } from './tables.ts';

/** Our own organisation as the directory knows it now. */
export async function ownOrganisation(unit: Unit): Promise<Organisation> {
  const own = await organisationById(unit.tx, unit.org, unit.now);
  if (!own) throw refuse('sender-unknown');
  return own;
}

async function recipientsToSend(unit: Unit, ids: readonly OrgId[]): Promise<readonly Organisation[]> {
  const distinct = [...new Set(ids)];
  if (distinct.length === 0) throw refuse('no-recipients');
  const known = await organisationsById(unit.tx, distinct, unit.now);
  return distinct.map((id) => {
    const found = known.get(id);
    if (!found) throw refuse('recipient-unknown', { recipient: id });
    return found;
  });
}

/** Wakes the sender after the commit, when the package may leave at once. */
export function wakeSender(unit: Unit): void {
  unit.afterCommit(() => localOf(unit.ctx).outbox?.wake());
}

function checkAttachments(document: DocumentToSend): void {
  const seen = new Set<string>();
  for (const { name } of document.attachments) {
    const folded = name.normalize('NFC').toLowerCase();
    // A name without extension is unwrapped wrongly by the receivers of today (edXML §6.3).
    if (!/.\.[\p{L}\p{N}]{1,10}$/u.test(name) || /[/\\\p{Cc}]/u.test(name) || seen.has(folded)) {
      throw refuse('attachment-name', { name });
    }
    seen.add(folded);
  }
}

/**
 * Puts a document into the outbox, in the caller's transaction: builds the package, stores its bytes, and lets it
 * wait until the time for undoing has passed. It leaves once, however often it must be tried.
 * @param document `message` without sender and recipients: they are filled in from the directory; `urgency` 0–4 as
 *   edXML §7.3; `undoSeconds` how long it can be undone
 * @throws Refusal no-recipients, recipient-unknown, sender-unknown, attachment-name, package-too-large
 */
export async function enqueueDocument(
  unit: Unit,
  document: DocumentToSend & { readonly ref: string; readonly undoSeconds: number },
): Promise<{ outboxId: string; envelope: string }> {
  checkAttachments(document);
  const own = await ownOrganisation(unit);
  const recipients = await recipientsToSend(unit, document.recipients);
  const packed = packDocument(own, recipients, document, unit.now);
  checkSize(unit.ctx, packed.bytes);
  const envelope = await unit.ctx.blobs.put(packed.bytes);
  const id = unit.ctx.ids.uuid();
  await insertOutbox(unit.tx, {
    id,
    orgId: unit.org,
    kind: 'edoc',
    ref: document.ref,
    documentId: exact(packed.documentId),
    documentCode: exact(packed.documentCode),
    documentYear: packed.documentYear,
    fromCode: own.code,
    envelope,
    size: packed.bytes.length,
    urgency: document.urgency,
    notBefore: new Date(unit.now.getTime() + document.undoSeconds * 1000),
    now: unit.now,
  });
  await insertRecipients(
    unit.tx,
    unit.org,
    id,
    recipients.map((one) => ({
      recipientId: one.id,
      code: one.code,
      code102: one.code102,
      name: one.name,
    })),
  );
  await record(unit, {
    action: 'exchange.enqueued',
    object: document.ref,
    detail: { outboxId: id, envelope, recipients: recipients.length },
  });
  if (document.undoSeconds <= 0) wakeSender(unit);
  return { outboxId: id, envelope };
}

export function checkSize(ctx: Context, bytes: Uint8Array): void {
  if (bytes.length <= ctx.config.maxPackageBytes) return;
  throw refuse('package-too-large', {
    size: Math.ceil(bytes.length / 1_048_576),
    limit: Math.floor(ctx.config.maxPackageBytes / 1_048_576),
  });
}

async function lockedOr404(unit: Unit, outboxId: string): Promise<OutboxRow> {
  const row = await lockOutbox(unit.tx, outboxId);
  if (!row) throw refuse('not-found');
  return row;
}

/**
 * Takes a package back before it has left. Doing it twice is the same as once.
 * @throws Refusal already-left once the first attempt to send it has begun
 */
export async function undoSend(unit: Unit, outboxId: string): Promise<void> {
  const row = await lockedOr404(unit, outboxId);
  if (row.state === 'undone') return;
  const next = outboxAfter(row.state, 'undo');
  if (next === null) throw refuse('already-left');
  await setOutboxState(unit.tx, outboxId, { state: next });
  await record(unit, {
    action: 'exchange.undone',
    object: row.ref ?? `outbox:${outboxId}`,
    detail: { outboxId },
  });
  await unit.publish({
    stream: row.ref ?? `outbox:${outboxId}`,
    type: 'exchange.send-undone',
    payload: { ref: row.ref, outboxId },
  });
}

/**
 * Ends the time for undoing, or tries a package again that the axis had refused; nothing when it has left already.
 * @returns the state after it
 * @throws Refusal undone
 */
export async function sendNow(unit: Unit, outboxId: string): Promise<OutboxState> {
  const row = await lockedOr404(unit, outboxId);
  if (row.state === 'undone') throw refuse('undone');
  const next = outboxAfter(row.state, 'send-now');
  if (next === null) return row.state;
  await setOutboxState(unit.tx, outboxId, { state: next, notBefore: unit.now, nextAttemptAt: unit.now });
  await record(unit, {
    action: 'exchange.sent-now',
    object: row.ref ?? `outbox:${outboxId}`,
    detail: { outboxId },
  });
  wakeSender(unit);
  return next;
}

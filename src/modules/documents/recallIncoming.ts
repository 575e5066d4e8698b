import type { RecordedEvent, Unit } from '#kernel';
import { findByCode } from '#directory';
import { destroyFiles } from './fileStore.ts';
import { happenIncoming } from './happen.ts';
import { decideRecall, type Incoming } from './incoming.ts';
import { incomingFor } from './policy.ts';
import { incomingByDocumentId, incomingOfInbox } from './store.ts';
import { tellSender } from './tell.ts';

/**
 * The sender asks for a document back. What is not in the book yet goes back at once and 15 is answered; otherwise
 * the clerk is asked. The outcome depends on the state alone, so that both sides end alike in any order (S1.4).
 */
export async function requestRecall(unit: Unit, doc: Incoming, reason: string): Promise<Incoming> {
  switch (decideRecall(doc.state)) {
    case 'already-recalled':
      // The answer may have been lost: say it again.
      await tellSender(unit, doc, '15', 'Đã trả lại văn bản');
      return doc;
    case 'take-back': {
      const after = await happenIncoming(unit, doc, doc.id, { type: 'taken-back', reason });
      await destroyFiles(unit, `incoming:${doc.id}`);
      await tellSender(unit, after, '15', 'Chưa vào sổ; đã hủy văn bản trong hệ thống');
      return after;
    }
    case 'ask-clerk':
      return await happenIncoming(unit, doc, doc.id, { type: 'recall-requested', reason });
  }
}

/**
 * The clerk's answer: 15 destroys the content and keeps the metadata (Decree 30/2020 Art. 18.4b), 16 keeps the
 * document where it was.
 */
export async function answerRecall(
  unit: Unit,
  id: string,
  body: { readonly agree: boolean; readonly text: string },
): Promise<Incoming> {
  const doc = await incomingFor(unit, id, 'answer-recall');
  const text =
    body.text === ''
      ? body.agree
        ? 'Đồng ý, đã hủy văn bản trong hệ thống'
        : 'Không đồng ý trả lại'
      : body.text;
  const after = await happenIncoming(unit, doc, id, { type: 'recall-answered', agree: body.agree, text });
  if (body.agree) await destroyFiles(unit, `incoming:${id}`);
  await tellSender(unit, after, body.agree ? '15' : '16', text);
  return after;
}

/** `exchange.status-arrived` 13: a recall of a document that we received. */
export async function onRecallStatus(unit: Unit, event: RecordedEvent): Promise<void> {
  const said = event.payload as {
    statusCode: string;
    inboxId: string | null;
    fromOrgId: string | null;
    fromCode: string;
    documentId: string;
    description: string;
  };
  if (said.statusCode !== '13') return;
  const found = said.inboxId === null ? null : await incomingOfInbox(unit, said.inboxId, null);
  const targets = new Map<string, Incoming>();
  for (const candidate of await incomingByDocumentId(unit, said.documentId)) {
    // Only the issuer may take its document back; a code is checked through the directory.
    const issuer = await findByCode(unit.tx, candidate.facts.issuerCode, unit.now);
    const isIssuer =
      issuer !== null ? issuer.id === said.fromOrgId : candidate.facts.issuerCode === said.fromCode;
    if (isIssuer) targets.set(candidate.id, candidate);
  }
  if (found && found.facts.documentId === said.documentId && !targets.has(found.id) && targets.size === 0)
    targets.set(found.id, found);
  for (const target of targets.values())
    await requestRecall(unit, target, said.description || 'Nơi gửi xin lấy lại văn bản');
}

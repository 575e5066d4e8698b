import { forwardedOf } from '#exchange';
import type { Unit } from '#kernel';
import type { IncomingDetail, IncomingRow } from './contract.ts';
import { asFileInfo, filesById } from './fileStore.ts';
import { historyOf } from './historyView.ts';
import type { Incoming } from './incoming.ts';
import { incomingActionsFor } from './policy.ts';
import { signerFindings } from './signerFindings.ts';
import { loadIncomings, repliesTo, updatesOf } from './store.ts';
import { incomingTimers } from './timers.ts';

/** The document as a line of a list. */
export function incomingRow(unit: Unit, doc: Incoming): IncomingRow {
  const { facts } = doc;
  return {
    id: doc.id,
    state: doc.state,
    source: facts.source,
    arrivedAt: doc.arrivedAt,
    arrivalNumber: doc.number,
    arrivalDate: doc.registeredAt === null ? null : vietnamDay(doc.registeredAt),
    issuerName: facts.issuerName,
    issuerCode: facts.issuerCode,
    notation: facts.notation,
    promulgationDate: facts.promulgationDate,
    typeName: doc.typeName,
    abstract: doc.abstract,
    urgency: facts.urgency,
    dueDate: doc.dueDate,
    signatureVerdict: facts.signatureVerdict,
    holder: doc.holder,
    duplicate: facts.duplicates.length > 0,
    closedHow: doc.closed?.how ?? null,
    actions: incomingActionsFor(unit.actor, doc),
  };
}

const vietnamDay = (iso: string): string =>
  new Date(Date.parse(iso) + 7 * 3_600_000).toISOString().slice(0, 10);

/** The document with everything that belongs to it. */
export async function incomingView(unit: Unit, doc: Incoming): Promise<IncomingDetail> {
  const { facts } = doc;
  const { lines } = await historyOf(unit, `incoming:${doc.id}`);
  const files = doc.contentDestroyed ? [] : await filesById(unit, facts.files);
  const [updated] = facts.updates === null ? [] : await loadIncomings(unit, [facts.updates]);
  const alike = await loadIncomings(
    unit,
    facts.duplicates.map((one) => one.id),
  );
  return {
    ...incomingRow(unit, doc),
    register: doc.register,
    documentId: facts.documentId,
    signer: { ...facts.signer },
    signerFindings: signerFindings(facts, files),
    recipientLines: [...facts.recipientLines],
    business: facts.business,
    businessReason: facts.businessReason,
    updates: updated ? { id: updated.id, notation: updated.facts.notation } : null,
    updatedBy: (await updatesOf(unit, doc.id)).map((other) => ({
      id: other.id,
      notation: other.facts.notation,
      state: other.state,
    })),
    responseFor: facts.responseFor.map((one) => ({ ...one })),
    paperCopy: facts.paperCopy,
    files: files.map(asFileInfo),
    duplicates: facts.duplicates.flatMap(({ id, kind }) => {
      const other = alike.find((candidate) => candidate.id === id);
      return other
        ? [
            {
              id,
              kind,
              state: other.state,
              arrivalNumber: other.number,
              arrivedAt: other.arrivedAt,
              notation: other.facts.notation,
            },
          ]
        : [];
    }),
    refusal: doc.refusal && {
      reason: doc.refusal.reason,
      text: doc.refusal.text,
      at: doc.refusal.at,
      by: { id: doc.refusal.by.id, name: doc.refusal.by.name },
    },
    recall: doc.recall && {
      reason: doc.recall.reason,
      requestedAt: doc.recall.requestedAt,
      answer: doc.recall.answer,
      answerText: doc.recall.answerText,
    },
    replies: (await repliesTo(unit, doc.id)).map((reply) => ({
      id: reply.id,
      notation: reply.notation,
      state: reply.state,
    })),
    acceptedAt: facts.acceptedAt,
    logIndex: facts.logIndex,
    envelope: facts.envelope,
    forwarded: facts.envelope ? await forwardedOf(unit, facts.envelope) : null,
    contentDestroyed: doc.contentDestroyed,
    timers: incomingTimers(doc, unit.now),
    history: lines,
  };
}

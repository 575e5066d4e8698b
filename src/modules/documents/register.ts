import type { z } from 'zod';
import { vietnamDate, type Unit } from '#kernel';
import { duplicatesOf, verdictOf } from './arrive.ts';
import { closeIncoming } from './close.ts';
import type { paperBody, refuseBody, registerBody } from './contract.ts';
import { refusalReasons } from './contractTypes.ts';
import { personRef } from './drafts.ts';
import { attachFiles } from './fileStore.ts';
import { usableFiles } from './files.ts';
import { actorRef, happenIncoming } from './happen.ts';
import { leaders, type Incoming, type IncomingFacts } from './incoming.ts';
import { registersOf, takeNumber } from './numberStore.ts';
import { incomingFor, requireRole } from './policy.ts';
import { refuseDocument } from './refusals.ts';
import { grantAccess, loadIncomings } from './store.ts';
import { tellSender } from './tell.ts';

/** A look-alike that is already in the book stops the clerk, with the earlier number shown (S2.1). */
async function stopDuplicate(unit: Unit, facts: IncomingFacts, self: string): Promise<void> {
  const found = (await duplicatesOf(unit, facts)).filter(
    (one) => one.id !== self && one.id !== facts.updates,
  );
  const earlier = (
    await loadIncomings(
      unit,
      found.map((one) => one.id),
    )
  ).find((doc) => doc.number !== null);
  if (!earlier) return;
  throw refuseDocument('possible-duplicate', {
    earlier: `số đến ${earlier.number} (${earlier.facts.notation})`,
    earlierId: earlier.id,
  });
}

async function intoBook(
  unit: Unit,
  doc: Incoming,
  fields: Pick<Incoming, 'typeName' | 'abstract' | 'dueDate' | 'paperReceived'> & {
    readonly register: string;
  },
): Promise<Incoming> {
  const registers = await registersOf(unit);
  if (!registers.some((known) => known.code === fields.register && known.kind === 'incoming'))
    throw refuseDocument('unknown-register', { register: fields.register });
  const year = Number(vietnamDate(unit.now).slice(0, 4));
  const value = await takeNumber(unit, {
    register: fields.register,
    year,
    kind: 'incoming',
    documentId: doc.id,
  });
  return await happenIncoming(unit, doc, doc.id, { type: 'registered', year, value, ...fields });
}

async function toLeader(
  unit: Unit,
  doc: Incoming,
  leaderId: string | undefined,
  note: string,
): Promise<Incoming> {
  if (leaderId === undefined)
    return await happenIncoming(unit, doc, doc.id, { type: 'forwarded', to: leaders, note });
  const leader = await personRef(unit, leaderId, 'lãnh đạo', ['leader', 'head']);
  await grantAccess(unit, 'incoming', doc.id, [leader.id]);
  return await happenIncoming(unit, doc, doc.id, {
    type: 'forwarded',
    to: { kind: 'person', id: leader.id, label: leader.name },
    note,
  });
}

/**
 * "Vào sổ": the next arrival number of the register and year, and 03 to the sender; then on to the leader.
 * @throws Refusal possible-duplicate unless confirmed, unknown-register
 */
export async function registerIncoming(
  unit: Unit,
  id: string,
  body: z.infer<typeof registerBody>,
): Promise<Incoming> {
  const doc = await incomingFor(unit, id, 'register');
  if (!body.duplicateConfirmed) await stopDuplicate(unit, doc.facts, id);
  const registered = await intoBook(unit, doc, {
    register: body.register,
    typeName: body.typeName ?? doc.typeName,
    abstract: body.abstract ?? doc.abstract,
    dueDate: body.dueDate === undefined ? doc.dueDate : body.dueDate,
    paperReceived: body.paperReceived,
  });
  return body.forward ? await toLeader(unit, registered, body.leaderId, '') : registered;
}

/** "Trình lãnh đạo" (Decree 30/2020 Art. 23.1). */
export async function forwardIncoming(
  unit: Unit,
  id: string,
  body: { readonly leaderId?: string | undefined; readonly note: string },
): Promise<Incoming> {
  return await toLeader(unit, await incomingFor(unit, id, 'forward'), body.leaderId, body.note);
}

/** "Từ chối tiếp nhận": 02 with the reason in words, which is mandatory (Decision 28/2018 Art. 9). */
export async function refuseIncoming(
  unit: Unit,
  id: string,
  body: z.infer<typeof refuseBody>,
): Promise<Incoming> {
  const doc = await incomingFor(unit, id, 'refuse');
  const after = await happenIncoming(unit, doc, id, {
    type: 'refused',
    reason: body.reason,
    text: body.text,
    by: actorRef(unit),
  });
  const name = refusalReasons.find((reason) => reason.code === body.reason)!.name;
  await tellSender(unit, after, '02', `${name}: ${body.text}`);
  return after;
}

/** Closed by hand: noted by the clerk before it is submitted, or by the leader instead of a direction. */
export async function closeByHand(
  unit: Unit,
  id: string,
  body: { readonly how: 'noted' | 'filed'; readonly note: string },
): Promise<Incoming> {
  await incomingFor(unit, id, 'close');
  return (await closeIncoming(unit, id, { how: body.how, byOutgoingId: null, note: body.note }))!;
}

/** A paper document: arrived and in the book in one step, in one sequence with the electronic ones (Art. 22.2). */
export async function registerPaper(unit: Unit, body: z.infer<typeof paperBody>): Promise<Incoming> {
  requireRole(unit.actor, 'clerk');
  const id = unit.ctx.ids.uuid();
  const files = await usableFiles(unit, body.files, `incoming:${id}`);
  const facts: IncomingFacts = {
    source: 'paper',
    inboxId: null,
    envelope: null,
    acceptedAt: null,
    logIndex: null,
    issuerCode: body.issuerCode,
    issuerName: body.issuerName,
    documentId: null,
    notation: body.notation,
    promulgationDate: body.promulgationDate,
    typeName: body.typeName,
    abstract: body.abstract,
    signer: { competence: '', position: '', fullName: '' },
    recipientLines: [],
    urgency: body.urgency,
    dueDate: body.dueDate,
    business: 'new',
    businessReason: null,
    updates: null,
    responseFor: [],
    paperCopy: true,
    files: files.map((file) => file.id),
    signatureVerdict: verdictOf(files),
    duplicates: [],
  };
  const withDuplicates = { ...facts, duplicates: await duplicatesOf(unit, facts) };
  if (!body.duplicateConfirmed) await stopDuplicate(unit, facts, id);
  const arrived = await happenIncoming(unit, null, id, { type: 'arrived', facts: withDuplicates });
  await attachFiles(unit, body.files, `incoming:${id}`, 'received');
  const registered = await intoBook(unit, arrived, {
    register: body.register,
    typeName: body.typeName,
    abstract: body.abstract,
    dueDate: body.dueDate,
    paperReceived: true,
  });
  return body.forward ? await toLeader(unit, registered, undefined, '') : registered;
}

import { organisationsById, organisationById, unitsOf } from '#directory';
import { personById, type Role } from '#identity';
import type { z } from 'zod';
import { refuse, type OrgId, type PersonId, type Unit } from '#kernel';
import type { draftBody, editBody } from './contract.ts';
import { documentTypeOf } from './contractTypes.ts';
import { attachFiles } from './fileStore.ts';
import { usableFiles } from './files.ts';
import { actorRef, happenOutgoing } from './happen.ts';
import { guessAbbreviation, guessPlace } from './notation.ts';
import type { DraftContent, Outgoing, PersonRef } from './outgoing.ts';
import { outgoingFor, readableIncoming } from './policy.ts';
import { refuseDocument } from './refusals.ts';
import { grantAccess, officeSetting } from './store.ts';

/** What the organisation prints on its letters: set by the office, else guessed from its name. */
export async function officeOf(unit: Unit): Promise<{
  readonly name: string;
  readonly parentName: string | null;
  readonly code: string;
  readonly abbreviation: string;
  readonly place: string;
}> {
  const own = await organisationById(unit.tx, unit.org, unit.now);
  if (!own) throw new Error(`organisation ${unit.org} is not in the directory`);
  const parent = own.parentId === null ? null : await organisationById(unit.tx, own.parentId, unit.now);
  const set = await officeSetting(unit);
  return {
    name: own.name,
    parentName: parent?.name ?? null,
    code: own.code,
    abbreviation: set?.abbreviation ?? guessAbbreviation(own.name),
    place: set?.place ?? guessPlace(own.name),
  };
}

/** A person of the organisation, as the record keeps them. @throws Refusal unknown-person */
export async function personRef(
  unit: Unit,
  id: string,
  what: string,
  roles?: readonly Role[],
): Promise<PersonRef> {
  const person = await personById(unit, id as PersonId);
  if (!person || (roles && !roles.some((role) => person.roles.includes(role))))
    throw refuseDocument('unknown-person', { what });
  return { id: person.id, name: person.fullName, post: person.post };
}

async function contentOf(unit: Unit, id: string, body: z.infer<typeof draftBody>): Promise<DraftContent> {
  if (body.secrecy !== 'Thường') throw refuseDocument('state-secret', { secrecy: body.secrecy });
  const type = documentTypeOf(body.typeCode);
  if (!type) throw refuseDocument('unknown-type', { type: body.typeCode });
  const recipients = [...new Set(body.recipients)];
  const known = await organisationsById(unit.tx, recipients as OrgId[], unit.now);
  if (recipients.some((recipient) => !known.has(recipient as OrgId)))
    throw refuseDocument('unknown-recipient');
  const signer = await personRef(unit, body.signerId, 'người ký', ['leader', 'head']);
  if (body.replyTo !== null) await readableIncoming(unit, body.replyTo);
  const ref = `outgoing:${id}`;
  const files = await usableFiles(
    unit,
    [...(body.fileId === null ? [] : [body.fileId]), ...body.attachments],
    ref,
  );
  const main = files.find((file) => file.id === body.fileId);
  if (main && main.contentType !== 'application/pdf') throw refuseDocument('main-file-not-pdf');
  await attachFiles(
    unit,
    files.filter((file) => file !== main).map((file) => file.id),
    ref,
    'attachment',
  );
  if (main) await attachFiles(unit, [main.id], ref, 'draft');
  const names = recipients.map((recipient) => known.get(recipient as OrgId)!.name);
  return {
    typeCode: type.code,
    typeName: type.name,
    abstract: body.abstract.normalize('NFC'),
    recipients,
    recipientLines: body.recipientLines.map((line) => line.normalize('NFC')),
    recipientSummary: summaryOf(names),
    urgency: body.urgency,
    dueDate: body.dueDate,
    body: body.body.normalize('NFC'),
    fileId: body.fileId,
    attachments: body.attachments,
    replyTo: body.replyTo,
    signer,
    capacity: body.capacity,
    signerPost: body.signerPost,
    alsoPaper: body.alsoPaper,
    ...(body.signaturePlace === null ? {} : { signaturePlace: body.signaturePlace }),
  };
}

function summaryOf(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} và ${names.length - 3} nơi khác` : shown;
}

/** The drafter's unit with its abbreviation, for the notation of a công văn. */
async function unitOfDrafter(unit: Unit): Promise<Outgoing['unit']> {
  const own = (await unitsOf(unit)).find((candidate) => candidate.id === unit.actor.unitId);
  return own ? { id: own.id, name: own.name, abbreviation: own.abbreviation ?? '' } : null;
}

/**
 * A new draft: saving sends nothing (S2.11).
 * @throws Refusal state-secret, unknown-type, unknown-recipient, unknown-person, unknown-file, main-file-not-pdf
 */
export async function createDraft(unit: Unit, body: z.infer<typeof draftBody>): Promise<Outgoing> {
  if (unit.actor.personId === undefined) throw refuse('forbidden');
  const id = unit.ctx.ids.uuid();
  const content = await contentOf(unit, id, body);
  const drafterUnit = await unitOfDrafter(unit);
  const doc = await happenOutgoing(unit, null, id, {
    type: 'draft-created',
    content,
    drafter: actorRef(unit),
    unit: drafterUnit,
  });
  await grantAccess(unit, 'outgoing', id, [
    unit.actor.personId,
    content.signer.id,
    ...(drafterUnit === null ? [] : [drafterUnit.id]),
  ]);
  return doc;
}

/**
 * Saves a draft again, as its next version.
 * @throws Refusal stale-version when somebody else saved in the meantime, and those of `createDraft`
 */
export async function editDraft(unit: Unit, id: string, body: z.infer<typeof editBody>): Promise<Outgoing> {
  const doc = await outgoingFor(unit, id, 'edit');
  if (doc.version !== body.baseVersion) throw refuseDocument('stale-version', { current: doc.version });
  const content = await contentOf(unit, id, body);
  const after = await happenOutgoing(unit, doc, id, {
    type: 'draft-edited',
    content,
    version: doc.version + 1,
  });
  await grantAccess(unit, 'outgoing', id, [content.signer.id]);
  return after;
}

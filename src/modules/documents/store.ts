import { sql } from 'kysely';
import type { OrgId, Unit } from '#kernel';
import type { Holder } from './contract.ts';
import type { Incoming } from './incoming.ts';
import type { Outgoing, RecipientState } from './outgoing.ts';
import { notationKey, searchTokens } from './search.ts';

/** A unit of work, as far as a store needs it. */
type Bound = Pick<Unit, 'tx' | 'org'>;

const holderColumns = (holder: Holder | null): { kind: string | null; id: string | null } =>
  holder ? { kind: holder.kind, id: holder.id } : { kind: null, id: null };

const tokensOf = (texts: readonly (string | null)[], notation: string | null): ReturnType<typeof sql> =>
  sql`array_to_tsvector(${searchTokens(texts, notation)}::text[])`;

/** Writes the document as it now stands. */
export async function saveOutgoing({ tx, org }: Bound, doc: Outgoing): Promise<void> {
  const holder = holderColumns(doc.holder);
  const { content } = doc;
  const tokens = tokensOf(
    [
      content.abstract,
      content.typeName,
      content.recipientSummary,
      content.signer.name,
      doc.drafter.name,
      doc.unit?.name ?? null,
      content.body.slice(0, 20_000),
    ],
    doc.notation,
  );
  await sql`
    insert into documents.outgoing (org_id, id, state, sort_at, updated_at, urgency, register, year, number,
      notation, notation_key, promulgation_date, document_id, reply_to, attention, holder_kind, holder_id, tokens, doc)
    values (${org}, ${doc.id}, ${doc.state}, ${doc.createdAt}, ${doc.updatedAt}, ${content.urgency},
      ${doc.register}, ${doc.year}, ${doc.number}, ${doc.notation}, ${notationKey(doc.notation ?? '')},
      ${doc.promulgationDate}, ${doc.documentId}, ${content.replyTo}, ${doc.attention},
      ${holder.kind}, ${holder.id}, ${tokens}, ${JSON.stringify(doc)})
    on conflict (id) do update set state = excluded.state, updated_at = excluded.updated_at,
      urgency = excluded.urgency, register = excluded.register, year = excluded.year, number = excluded.number,
      notation = excluded.notation, notation_key = excluded.notation_key,
      promulgation_date = excluded.promulgation_date, document_id = excluded.document_id,
      reply_to = excluded.reply_to, attention = excluded.attention, holder_kind = excluded.holder_kind,
      holder_id = excluded.holder_id, tokens = excluded.tokens, doc = excluded.doc`.execute(tx);
}

/** @param lock holds the row until the end of the transaction, so that commands on one document queue up */
export async function loadOutgoing({ tx, org }: Bound, id: string, lock: boolean): Promise<Outgoing | null> {
  const found = await sql<{ doc: Outgoing }>`select doc from documents.outgoing
    where org_id = ${org} and id = ${id} ${lock ? sql`for update` : sql``}`.execute(tx);
  return found.rows[0]?.doc ?? null;
}

export async function loadOutgoings({ tx, org }: Bound, ids: readonly string[]): Promise<Outgoing[]> {
  if (ids.length === 0) return [];
  const found = await sql<{ doc: Outgoing }>`select doc from documents.outgoing
    where org_id = ${org} and id = any(${ids}::uuid[])`.execute(tx);
  return found.rows.map((row) => row.doc);
}

/** Drafts and documents of ours that answer an incoming one. */
export async function repliesTo({ tx, org }: Bound, incomingId: string): Promise<Outgoing[]> {
  const found = await sql<{ doc: Outgoing }>`select doc from documents.outgoing
    where org_id = ${org} and reply_to = ${incomingId} order by sort_at, id limit 100`.execute(tx);
  return found.rows.map((row) => row.doc);
}

/** Our own document that a package says it answers, by its exact DocumentId, else by notation and date. */
export async function outgoingAnswered(
  { tx, org }: Bound,
  wanted: { readonly documentId: string | null; readonly notation: string; readonly date: string | null },
): Promise<string | null> {
  const found = await sql<{ id: string }>`select id from documents.outgoing
    where org_id = ${org} and (document_id = ${wanted.documentId}
      or (${wanted.date}::date is not null and notation_key = ${notationKey(wanted.notation)}
        and promulgation_date = ${wanted.date}::date))
    order by (document_id = ${wanted.documentId}) desc nulls last limit 1`.execute(tx);
  return found.rows[0]?.id ?? null;
}

export async function saveIncoming({ tx, org }: Bound, doc: Incoming): Promise<void> {
  const holder = holderColumns(doc.holder);
  const { facts } = doc;
  const tokens = tokensOf(
    [doc.abstract, doc.typeName, facts.issuerName, facts.issuerCode, facts.signer.fullName],
    facts.notation,
  );
  await sql`
    insert into documents.incoming (org_id, id, inbox_id, envelope, state, sort_at, updated_at, urgency, register,
      year, number, issuer_code, notation, notation_key, promulgation_date, document_id, updates, holder_kind,
      holder_id, tokens, doc)
    values (${org}, ${doc.id}, ${facts.inboxId}, ${facts.envelope}, ${doc.state}, ${doc.arrivedAt},
      ${doc.updatedAt}, ${facts.urgency}, ${doc.register}, ${doc.year}, ${doc.number}, ${facts.issuerCode},
      ${facts.notation}, ${notationKey(facts.notation)}, ${facts.promulgationDate}, ${facts.documentId},
      ${facts.updates}, ${holder.kind}, ${holder.id}, ${tokens}, ${JSON.stringify(doc)})
    on conflict (id) do update set state = excluded.state, updated_at = excluded.updated_at,
      register = excluded.register, year = excluded.year, number = excluded.number,
      holder_kind = excluded.holder_kind, holder_id = excluded.holder_id, tokens = excluded.tokens,
      doc = excluded.doc`.execute(tx);
}

export async function loadIncoming({ tx, org }: Bound, id: string, lock: boolean): Promise<Incoming | null> {
  const found = await sql<{ doc: Incoming }>`select doc from documents.incoming
    where org_id = ${org} and id = ${id} ${lock ? sql`for update` : sql``}`.execute(tx);
  return found.rows[0]?.doc ?? null;
}

export async function loadIncomings({ tx, org }: Bound, ids: readonly string[]): Promise<Incoming[]> {
  if (ids.length === 0) return [];
  const found = await sql<{ doc: Incoming }>`select doc from documents.incoming
    where org_id = ${org} and id = any(${ids}::uuid[])`.execute(tx);
  return found.rows.map((row) => row.doc);
}

/** The document made from an entry of the exchange's inbox, or from the same envelope (S1.2). */
export async function incomingOfInbox(
  { tx, org }: Bound,
  inboxId: string,
  envelope: string | null,
): Promise<Incoming | null> {
  const found = await sql<{ doc: Incoming }>`select doc from documents.incoming
    where org_id = ${org} and (inbox_id = ${inboxId} or envelope = ${envelope}) limit 1`.execute(tx);
  return found.rows[0]?.doc ?? null;
}

/** Documents with exactly this DocumentId, newest first. */
export async function incomingByDocumentId({ tx, org }: Bound, documentId: string): Promise<Incoming[]> {
  const found = await sql<{ doc: Incoming }>`select doc from documents.incoming
    where org_id = ${org} and document_id = ${documentId}
    order by sort_at desc, id desc limit 50 for update`.execute(tx);
  return found.rows.map((row) => row.doc);
}

/** Look-alikes: same notation and date. The issuer is compared by the caller: one body has two codes. */
export async function incomingLookalikes(
  { tx, org }: Bound,
  notation: string,
  date: string | null,
): Promise<Incoming[]> {
  const found = await sql<{ doc: Incoming }>`select doc from documents.incoming
    where org_id = ${org} and notation_key = ${notationKey(notation)}
      and promulgation_date is not distinct from ${date}::date
    order by sort_at, id limit 50`.execute(tx);
  return found.rows.map((row) => row.doc);
}

export async function updatesOf({ tx, org }: Bound, incomingId: string): Promise<Incoming[]> {
  const found = await sql<{ doc: Incoming }>`select doc from documents.incoming
    where org_id = ${org} and updates = ${incomingId}
    order by sort_at limit 50`.execute(tx);
  return found.rows.map((row) => row.doc);
}

/** What has arrived and was neither taken in nor refused, most urgent, then oldest first. */
export async function arrivedDocuments({ tx, org }: Bound, limit: number): Promise<readonly Incoming[]> {
  const found = await sql<{ doc: Incoming }>`select doc from documents.incoming
    where org_id = ${org} and state = 'arrived' order by urgency desc, sort_at, id limit ${limit}`.execute(
    tx,
  );
  return found.rows.map((row) => row.doc);
}

/** The next document to register: urgent first, then the oldest; `after` passes over it and what stands before. */
export async function nextArrived(
  { tx, org }: Bound,
  after: string | undefined,
): Promise<{ readonly doc: Incoming | null; readonly waiting: number }> {
  const found = await sql<{ doc: Incoming }>`select doc from documents.incoming i
    where org_id = ${org} and state = 'arrived'
      ${
        after === undefined
          ? sql``
          : sql`and (-i.urgency, i.sort_at, i.id) >
              (select -a.urgency, a.sort_at, a.id from documents.incoming a where a.org_id = ${org} and a.id = ${after})`
      }
    order by urgency desc, sort_at, id limit 1`.execute(tx);
  const waiting = await sql<{ n: number }>`select count(*)::int as n from documents.incoming
    where org_id = ${org} and state = 'arrived'`.execute(tx);
  return { doc: found.rows[0]?.doc ?? null, waiting: waiting.rows[0]!.n };
}

// ---------------------------------------------------------------- receivers

export interface RecipientRow extends RecipientState {
  readonly recipientId: string;
  readonly code: string;
  readonly name: string;
}

export async function addRecipients(
  { tx, org }: Bound,
  outgoingId: string,
  recipients: readonly { readonly id: string; readonly code: string; readonly name: string }[],
): Promise<void> {
  if (recipients.length === 0) return;
  await sql`insert into documents.outgoing_recipient (org_id, outgoing_id, recipient_id, code, name)
    select ${org}, ${outgoingId}, r.id, r.code, r.name
    from jsonb_to_recordset(${JSON.stringify(recipients)}::jsonb) as r(id uuid, code text, name text)
    on conflict do nothing`.execute(tx);
}

/** Those of an undone issue have received nothing. */
export async function removeRecipients({ tx, org }: Bound, outgoingId: string): Promise<void> {
  await sql`delete from documents.outgoing_recipient
    where org_id = ${org} and outgoing_id = ${outgoingId}`.execute(tx);
}

export async function recipientsOf({ tx, org }: Bound, outgoingId: string): Promise<RecipientRow[]> {
  const found = await sql<RecipientRow>`
    select recipient_id as "recipientId", code, name, status, refusal, recall
    from documents.outgoing_recipient
    where org_id = ${org} and outgoing_id = ${outgoingId} order by name, recipient_id`.execute(tx);
  return found.rows;
}

export async function saveRecipient(
  { tx, org }: Bound,
  outgoingId: string,
  recipientId: string,
  state: RecipientState,
): Promise<void> {
  await sql`update documents.outgoing_recipient
    set status = ${state.status}, refusal = ${state.refusal}, recall = ${state.recall}
    where org_id = ${org} and outgoing_id = ${outgoingId} and recipient_id = ${recipientId}`.execute(tx);
}

// ---------------------------------------------------------------- dispatches

export interface DispatchRow {
  readonly id: string;
  readonly outgoingId: string;
  readonly kind: 'new' | 'update';
  readonly ref: string;
  readonly outboxId: string | null;
  readonly state: 'waiting' | 'undone' | 'accepted';
  readonly leavesAt: Date | null;
  readonly acceptedAt: Date | null;
}

const dispatchColumns = sql`id, outgoing_id as "outgoingId", kind, ref, outbox_id as "outboxId", state,
  leaves_at as "leavesAt", accepted_at as "acceptedAt"`;

export async function addDispatch(
  { tx, org, now }: Pick<Unit, 'tx' | 'org' | 'now'>,
  row: Omit<DispatchRow, 'state' | 'acceptedAt'>,
): Promise<void> {
  await sql`insert into documents.dispatch (org_id, id, outgoing_id, kind, ref, outbox_id, state, leaves_at, at)
    values (${org}, ${row.id}, ${row.outgoingId}, ${row.kind}, ${row.ref}, ${row.outboxId}, 'waiting',
      ${row.leavesAt}, ${now})`.execute(tx);
}

export async function dispatchesOf({ tx, org }: Bound, outgoingId: string): Promise<DispatchRow[]> {
  const found = await sql<DispatchRow>`select ${dispatchColumns} from documents.dispatch
    where org_id = ${org} and outgoing_id = ${outgoingId} order by at, id`.execute(tx);
  return found.rows;
}

export async function dispatchByRef({ tx, org }: Bound, ref: string): Promise<DispatchRow | null> {
  const found = await sql<DispatchRow>`select ${dispatchColumns} from documents.dispatch
    where org_id = ${org} and ref = ${ref}`.execute(tx);
  return found.rows[0] ?? null;
}

export async function setDispatch(
  { tx, org }: Bound,
  id: string,
  state: DispatchRow['state'],
  acceptedAt: Date | null,
): Promise<void> {
  await sql`update documents.dispatch set state = ${state}, accepted_at = ${acceptedAt}
    where org_id = ${org} and id = ${id}`.execute(tx);
}

export async function setLeavesAt({ tx, org }: Bound, id: string, at: Date): Promise<void> {
  await sql`update documents.dispatch set leaves_at = ${at} where org_id = ${org} and id = ${id}`.execute(tx);
}

// ---------------------------------------------------------------- access

/** Lets people or units (their heads) read a document. */
export async function grantAccess(
  { tx, org }: Bound,
  kind: 'outgoing' | 'incoming',
  documentId: string,
  subjects: readonly string[],
): Promise<void> {
  if (subjects.length === 0) return;
  await sql`insert into documents.access (org_id, subject, kind, document_id)
    select ${org}, s, ${kind}, ${documentId} from unnest(${subjects}::uuid[]) s on conflict do nothing`.execute(
    tx,
  );
}

export async function hasAccess(
  { tx, org }: Bound,
  kind: 'outgoing' | 'incoming',
  documentId: string,
  subjects: readonly string[],
): Promise<boolean> {
  const found = await sql`select 1 from documents.access where org_id = ${org} and kind = ${kind}
    and document_id = ${documentId} and subject = any(${subjects}::uuid[]) limit 1`.execute(tx);
  return found.rows.length > 0;
}

export async function officeSetting({
  tx,
  org,
}: Bound): Promise<{ readonly abbreviation: string; readonly place: string } | null> {
  const found = await sql<{ abbreviation: string; place: string }>`
    select abbreviation, place from documents.setting where org_id = ${org}`.execute(tx);
  return found.rows[0] ?? null;
}

export async function saveOfficeSetting(
  { tx, org }: Bound,
  setting: { readonly abbreviation: string; readonly place: string },
): Promise<void> {
  await sql`insert into documents.setting (org_id, abbreviation, place)
    values (${org}, ${setting.abbreviation}, ${setting.place})
    on conflict (org_id) do update set abbreviation = excluded.abbreviation, place = excluded.place`.execute(
    tx,
  );
}

/** All streams of one kind in one organisation, for the replay. */
export async function streamsOf(
  { tx, org }: { readonly tx: Unit['tx']; readonly org: OrgId },
  kind: 'outgoing' | 'incoming',
): Promise<string[]> {
  const found = await sql<{ stream: string }>`select distinct stream from kernel.event
    where org_id = ${org} and stream like ${`${kind}:%`} and type like 'documents.%' order by stream`.execute(
    tx,
  );
  return found.rows.map((row) => row.stream);
}

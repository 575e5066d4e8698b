import { sql } from 'kysely';
import type { Unit } from '#kernel';
import { noWork, type Assigned, type Holder, type Work } from './core.ts';

type Bound = Pick<Unit, 'tx' | 'org'>;

/** The work on one document. Commands lock the document itself first, so that they queue up. */
export async function loadWork({ tx, org }: Bound, incomingId: string): Promise<Work> {
  const found = await sql<{ doc: Work }>`select doc from work.document
    where org_id = ${org} and incoming_id = ${incomingId}`.execute(tx);
  return found.rows[0]?.doc ?? noWork;
}

export async function loadWorks({ tx, org }: Bound, ids: readonly string[]): Promise<Map<string, Work>> {
  if (ids.length === 0) return new Map();
  const found = await sql<{ id: string; doc: Work }>`select incoming_id as id, doc from work.document
    where org_id = ${org} and incoming_id = any(${ids}::uuid[])`.execute(tx);
  return new Map(found.rows.map((row) => [row.id, row.doc]));
}

export async function saveWork(
  { tx, org }: Bound,
  incomingId: string,
  work: Work,
  changed: readonly Assigned[],
): Promise<void> {
  await sql`insert into work.document (org_id, incoming_id, doc)
    values (${org}, ${incomingId}, ${JSON.stringify(work)})
    on conflict (incoming_id) do update set doc = excluded.doc`.execute(tx);
  for (const one of changed) {
    await sql`insert into work.assignment (org_id, id, incoming_id, role, state, assignee_kind, assignee_id, at)
      values (${org}, ${one.id}, ${incomingId}, ${one.role}, ${one.state}, ${one.assignee.kind},
        ${one.assignee.id}, ${one.assignedAt})
      on conflict (id) do update set state = excluded.state`.execute(tx);
  }
}

/** The document to which a piece of work belongs. */
export async function documentOfAssignment({ tx, org }: Bound, id: string): Promise<string | null> {
  const found = await sql<{ incoming_id: string }>`select incoming_id from work.assignment
    where org_id = ${org} and id = ${id}`.execute(tx);
  return found.rows[0]?.incoming_id ?? null;
}

export async function documentsWithWork({ tx, org }: Bound): Promise<string[]> {
  const found = await sql<{ id: string }>`select incoming_id as id from work.document
    where org_id = ${org} order by incoming_id`.execute(tx);
  return found.rows.map((row) => row.id);
}

// ---------------------------------------------------------------- custody

export interface CustodyRow {
  readonly id: number;
  readonly ref: string;
  readonly branch: string;
  readonly holder: Holder;
  readonly since: Date;
  readonly until: Date | null;
  readonly working: boolean;
  readonly assignmentId: string | null;
  readonly due: Date | null;
  readonly documentAt: Date;
}

const columns = sql`id, ref, branch,
  jsonb_build_object('kind', holder_kind, 'id', holder_id, 'label', holder_label) as holder,
  since, until, working, assignment_id as "assignmentId", due, document_at as "documentAt"`;

export async function openCustody(
  { tx, org }: Bound,
  ref: string,
  branch: string,
): Promise<CustodyRow | null> {
  const found = await sql<CustodyRow>`select ${columns} from work.custody
    where org_id = ${org} and ref = ${ref} and branch = ${branch} and until is null`.execute(tx);
  return found.rows[0] ?? null;
}

export async function closeCustody(
  { tx, org, now }: Pick<Unit, 'tx' | 'org' | 'now'>,
  id: number,
): Promise<void> {
  await sql`update work.custody set until = ${now} where org_id = ${org} and id = ${id}`.execute(tx);
}

export async function beginCustody(
  { tx, org, now }: Pick<Unit, 'tx' | 'org' | 'now'>,
  row: Pick<CustodyRow, 'ref' | 'branch' | 'holder' | 'documentAt' | 'due'>,
): Promise<void> {
  await sql`insert into work.custody (org_id, ref, branch, holder_kind, holder_id, holder_label, since, working, due,
      document_at)
    values (${org}, ${row.ref}, ${row.branch}, ${row.holder.kind}, ${row.holder.id}, ${row.holder.label}, ${now},
      false, ${row.due}, ${row.documentAt})`.execute(tx);
}

/** What the holder of a branch is doing with it. */
export async function describeCustody(
  { tx, org }: Bound,
  ref: string,
  branch: string,
  is: { readonly working: boolean; readonly assignmentId: string | null; readonly due: string | null },
): Promise<void> {
  await sql`update work.custody set working = ${is.working}, assignment_id = ${is.assignmentId}, due = ${is.due}
    where org_id = ${org} and ref = ${ref} and branch = ${branch} and until is null`.execute(tx);
}

export async function custodyOfRef({ tx, org }: Bound, ref: string): Promise<CustodyRow[]> {
  const found = await sql<CustodyRow>`select ${columns} from work.custody
    where org_id = ${org} and ref = ${ref} order by branch, since, id`.execute(tx);
  return found.rows;
}

/** Names under which somebody holds: themselves, their roles, the unit that they head. */
export type HolderNames = readonly { readonly kind: string; readonly id: string }[];

export interface CustodyRequest {
  /** Null: everybody of the organisation. */
  readonly holders: HolderNames | null;
  readonly working: boolean | null;
  /** Only what is overdue at this instant. */
  readonly lateAt: Date | null;
  readonly after: { readonly at: string; readonly id: number } | null;
  readonly limit: number;
}

const heldBy = (holders: HolderNames | null): ReturnType<typeof sql> =>
  holders === null
    ? sql`true`
    : sql`(holder_kind, holder_id) in (select h.kind, h.id
        from jsonb_to_recordset(${JSON.stringify(holders)}::jsonb) as h(kind text, id text))`;

/** What is held now: the oldest document first, however old (S2.12). */
export async function listCustody({ tx, org }: Bound, request: CustodyRequest): Promise<CustodyRow[]> {
  const found = await sql<CustodyRow>`select ${columns} from work.custody
    where org_id = ${org} and until is null and ${heldBy(request.holders)}
      ${request.working === null ? sql`` : sql`and working = ${request.working}`}
      ${request.lateAt === null ? sql`` : sql`and due < ${request.lateAt}`}
      ${
        request.after === null
          ? sql``
          : sql`and (document_at, id) > (${request.after.at}::timestamptz, ${request.after.id})`
      }
    order by document_at, id limit ${request.limit}`.execute(tx);
  return found.rows;
}

export async function countCustody(
  { tx, org }: Bound,
  holders: HolderNames | null,
  now: Date,
): Promise<{ readonly pending: number; readonly working: number; readonly late: number }> {
  const found = await sql<{ pending: number; working: number; late: number }>`
    select count(*) filter (where not working)::int as pending, count(*) filter (where working)::int as working,
      count(*) filter (where due < ${now})::int as late
    from work.custody where org_id = ${org} and until is null and ${heldBy(holders)}`.execute(tx);
  return found.rows[0]!;
}

/** What somebody had and has no more, the latest first; one line for each document. */
export async function listDone(
  { tx, org }: Bound,
  request: {
    readonly holders: HolderNames;
    readonly before: { readonly at: string; readonly id: number } | null;
    readonly limit: number;
  },
): Promise<CustodyRow[]> {
  const found = await sql<CustodyRow>`
    select * from (
      select distinct on (ref) ${columns} from work.custody c
      where org_id = ${org} and until is not null and ${heldBy(request.holders)}
        and not exists (select from work.custody o where o.org_id = c.org_id and o.ref = c.ref
          and o.until is null and (o.holder_kind, o.holder_id) = (c.holder_kind, c.holder_id))
      order by ref, until desc, id desc) latest
    ${
      request.before === null
        ? sql``
        : sql`where (until, id) < (${request.before.at}::timestamptz, ${request.before.id})`
    }
    order by until desc, id desc limit ${request.limit}`.execute(tx);
  return found.rows;
}

export interface ToKnowRow {
  readonly id: string;
  readonly incomingId: string;
  readonly at: Date;
}

/** "Nhận để biết": what was sent to know and not yet seen, the oldest first. */
export async function listToKnow(
  { tx, org }: Bound,
  request: {
    readonly parties: HolderNames;
    readonly after: { readonly at: string; readonly id: string } | null;
    readonly limit: number;
  },
): Promise<ToKnowRow[]> {
  const found = await sql<ToKnowRow>`select id, incoming_id as "incomingId", at from work.assignment
    where org_id = ${org} and role = 'inform' and state = 'offered'
      and (assignee_kind, assignee_id) in (select h.kind, h.id
        from jsonb_to_recordset(${JSON.stringify(request.parties)}::jsonb) as h(kind text, id uuid))
      ${request.after === null ? sql`` : sql`and (at, id) > (${request.after.at}::timestamptz, ${request.after.id}::uuid)`}
    order by at, id limit ${request.limit}`.execute(tx);
  return found.rows;
}

export async function countToKnow({ tx, org }: Bound, parties: HolderNames): Promise<number> {
  const found = await sql<{ n: number }>`select count(*)::int as n from work.assignment
    where org_id = ${org} and role = 'inform' and state = 'offered'
      and (assignee_kind, assignee_id) in (select h.kind, h.id
        from jsonb_to_recordset(${JSON.stringify(parties)}::jsonb) as h(kind text, id uuid))`.execute(tx);
  return found.rows[0]!.n;
}

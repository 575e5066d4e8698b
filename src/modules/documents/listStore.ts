import { sql } from 'kysely';
import { z } from 'zod';
import { refuse, type Unit } from '#kernel';
import type { Incoming } from './incoming.ts';
import type { Outgoing } from './outgoing.ts';
import { searchQuery } from './search.ts';

type Bound = Pick<Unit, 'tx' | 'org'>;

/** What a list is asked for; `subjects` null: everything of the organisation. */
export interface ListRequest {
  readonly states: readonly string[] | null;
  readonly text: string | undefined;
  readonly subjects: readonly string[] | null;
  /** Only what these hold: a person, their roles, their unit. */
  readonly holders: readonly { readonly kind: string; readonly id: string }[] | null;
  readonly order: 'newest' | 'oldest';
  readonly cursor: string | undefined;
  readonly limit: number;
}

interface Found {
  readonly id: string;
  readonly rank: number;
  readonly at: Date;
}

const cursorShape = z.tuple([z.number().int(), z.iso.datetime(), z.uuid()]);
type Cursor = z.infer<typeof cursorShape>;

/** Where a page ends, for the next to go on: rank, instant, id; opaque to the caller. */
const encodeCursor = (rank: number, at: Date, id: string): string =>
  Buffer.from(JSON.stringify([rank, at.toISOString(), id])).toString('base64url');

function decodeCursor(cursor: string | undefined): Cursor | null {
  if (cursor === undefined) return null;
  try {
    return cursorShape.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch {
    throw refuse('invalid-input', { field: 'cursor', reason: 'không hợp lệ' });
  }
}

async function searched(
  { tx }: Bound,
  kind: 'outgoing' | 'incoming',
  request: ListRequest,
  most: number,
): Promise<Found[]> {
  const query = searchQuery(request.text);
  const cursor = decodeCursor(request.cursor);
  const find = kind === 'outgoing' ? sql`documents.find_outgoing` : sql`documents.find_incoming`;
  const found = await sql<Found>`
    select id, rank, sort_at as at from ${find}(${query.wanted}::tsquery, ${query.exact}::tsquery, ${query.key},
      ${request.states}::text[], ${request.subjects}::uuid[],
      ${cursor?.[0] ?? null}::int, ${cursor?.[1] ?? null}::timestamptz, ${cursor?.[2] ?? null}::uuid,
      ${most}::int)`.execute(tx);
  return found.rows;
}

async function listed(
  { tx, org }: Bound,
  kind: 'outgoing' | 'incoming',
  request: ListRequest,
  most: number,
): Promise<Found[]> {
  const cursor = decodeCursor(request.cursor);
  const table = kind === 'outgoing' ? sql`documents.outgoing` : sql`documents.incoming`;
  const newest = request.order === 'newest';
  const found = await sql<Found>`
    select d.id, 0 as rank, d.sort_at as at from ${table} d
    where d.org_id = ${org}
      ${request.states === null ? sql`` : sql`and d.state = any(${request.states}::text[])`}
      ${
        request.holders === null
          ? sql``
          : sql`and (d.holder_kind, d.holder_id) in (select h.kind, h.id
              from jsonb_to_recordset(${JSON.stringify(request.holders)}::jsonb) as h(kind text, id text))`
      }
      ${
        request.subjects === null
          ? sql``
          : sql`and d.id in (select a.document_id from documents.access a where a.org_id = ${org}
              and a.kind = ${kind} and a.subject = any(${request.subjects}::uuid[]))`
      }
      ${
        cursor === null
          ? sql``
          : newest
            ? sql`and (d.sort_at, d.id) < (${cursor[1]}::timestamptz, ${cursor[2]}::uuid)`
            : sql`and (d.sort_at, d.id) > (${cursor[1]}::timestamptz, ${cursor[2]}::uuid)`
      }
    order by ${newest ? sql`d.sort_at desc, d.id desc` : sql`d.sort_at, d.id`} limit ${most}`.execute(tx);
  return found.rows;
}

interface Page<Doc> {
  readonly docs: readonly Doc[];
  readonly next: string | null;
}

async function page<Doc extends { readonly id: string }>(
  bound: Bound,
  kind: 'outgoing' | 'incoming',
  request: ListRequest,
): Promise<Page<Doc>> {
  const most = request.limit + 1;
  const isSearch = searchQuery(request.text).wanted !== null;
  const found = await (isSearch ? searched : listed)(bound, kind, request, most);
  const shown = found.slice(0, request.limit);
  if (shown.length === 0) return { docs: [], next: null };
  const table = kind === 'outgoing' ? sql`documents.outgoing` : sql`documents.incoming`;
  const rows = await sql<{ doc: Doc }>`select doc from ${table}
    where org_id = ${bound.org} and id = any(${shown.map((row) => row.id)}::uuid[])`.execute(bound.tx);
  const known = new Map(rows.rows.map((row) => [row.doc.id, row.doc]));
  const last = shown.at(-1)!;
  return {
    docs: shown.flatMap((row) => known.get(row.id) ?? []),
    next: found.length > request.limit ? encodeCursor(last.rank, last.at, last.id) : null,
  };
}

export const listOutgoing = (bound: Bound, request: ListRequest): Promise<Page<Outgoing>> =>
  page<Outgoing>(bound, 'outgoing', request);
export const listIncoming = (bound: Bound, request: ListRequest): Promise<Page<Incoming>> =>
  page<Incoming>(bound, 'incoming', request);

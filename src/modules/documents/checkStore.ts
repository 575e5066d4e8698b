import { sql } from 'kysely';
import type { Context, OrgId, Unit } from '#kernel';

type Bound = Pick<Unit, 'tx' | 'org'>;
type Kind = 'outgoing' | 'incoming';

export interface CheckedFile {
  readonly id: string;
  readonly ref: string | null;
  readonly name: string;
  readonly sha256: string;
  readonly at: Date;
  /** An event of its document speaks of it. */
  readonly onRecord: boolean;
}

/** The places of an event's payload in which a file can stand. */
const fileIds = sql`(select jsonb_path_query(e.payload, '$.fileId') #>> '{}' as id
    union select jsonb_path_query(e.payload, '$.attachments[*]') #>> '{}'
    union select jsonb_path_query(e.payload, '$.content.attachments[*]') #>> '{}'
    union select jsonb_path_query(e.payload, '$.facts.files[*]') #>> '{}')`;

/** Every file of the organisation in order of its id, a page in each transaction. */
export async function* allFiles(ctx: Context, org: OrgId): AsyncGenerator<CheckedFile> {
  const limit = 500;
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    const from = after;
    const { rows } = await ctx.db.transaction(org, (tx) =>
      sql<CheckedFile>`select f.id, f.ref, f.name, f.sha256, f.at,
          f.ref is null or exists (select from kernel.event e cross join lateral ${fileIds} x
            where e.org_id = f.org_id and e.stream = f.ref and e.type like 'documents.%' and x.id = f.id::text)
            as "onRecord"
        from documents.file f where f.org_id = ${org} and f.id > ${from} order by f.id limit ${limit}`.execute(
        tx,
      ),
    );
    yield* rows;
    if (rows.length < limit) return;
    after = rows.at(-1)!.id;
  }
}

/** Files that the record speaks of and that have no row. */
export async function filesWithoutRow({
  tx,
  org,
}: Bound): Promise<readonly { readonly id: string; readonly stream: string; readonly at: Date }[]> {
  const found = await sql<{ id: string; stream: string; at: Date }>`
    select x.id, e.stream, max(e.at) as at from kernel.event e cross join lateral ${fileIds} x
    where e.org_id = ${org} and e.type like 'documents.%' and x.id is not null
      and not exists (select from documents.file f where f.org_id = e.org_id and f.id::text = x.id)
    group by x.id, e.stream order by e.stream, x.id`.execute(tx);
  return found.rows;
}

/** How a document is called, out of its row, else out of the record. */
export interface DocumentName {
  readonly kind: Kind;
  readonly notation: string | null;
  readonly number: number | null;
  readonly year: number | null;
  readonly abstract: string | null;
  readonly hasRow: boolean;
  readonly lastEventAt: Date | null;
}

/** @param stream `outgoing:<id>` or `incoming:<id>` */
export async function nameOfStream({ tx, org }: Bound, stream: string): Promise<DocumentName> {
  const [kind, id] = stream.split(':') as [Kind, string];
  const table = kind === 'outgoing' ? sql`documents.outgoing` : sql`documents.incoming`;
  const row = await sql<{
    notation: string | null;
    number: number | null;
    year: number | null;
    abstract: string;
  }>`
    select notation, number, year, coalesce(doc ->> 'abstract', doc -> 'content' ->> 'abstract') as abstract
    from ${table} where org_id = ${org} and id = ${id}`.execute(tx);
  const event = await sql<{
    notation: string | null;
    number: number | null;
    year: number | null;
    abstract: string | null;
    at: Date | null;
  }>`select max(coalesce(payload ->> 'notation', payload -> 'facts' ->> 'notation')) as notation,
      max((payload ->> 'value')::int) filter (where type in ('documents.numbered', 'documents.registered')) as number,
      max((payload ->> 'year')::int) filter (where type in ('documents.numbered', 'documents.registered')) as year,
      max(coalesce(payload -> 'facts' ->> 'abstract', payload -> 'content' ->> 'abstract')) as abstract,
      max(at) as at
    from kernel.event where org_id = ${org} and stream = ${stream} and type like 'documents.%'`.execute(tx);
  const { at = null, ...recorded } = event.rows[0] ?? {
    notation: null,
    number: null,
    year: null,
    abstract: null,
  };
  return { kind, ...(row.rows[0] ?? recorded), hasRow: row.rows.length > 0, lastEventAt: at ?? null };
}

/** Documents whose row no event speaks of, or whose columns say something else than the document in the row. */
export async function oddRows(
  { tx, org }: Bound,
  kind: Kind,
): Promise<readonly { readonly stream: string; readonly hasEvents: boolean }[]> {
  const envelope =
    kind === 'outgoing'
      ? sql`d.document_id is distinct from d.doc ->> 'documentId' or d.notation is distinct from d.doc ->> 'notation'`
      : sql`d.document_id is distinct from d.doc -> 'facts' ->> 'documentId'
          or d.notation is distinct from d.doc -> 'facts' ->> 'notation'
          or d.envelope is distinct from d.doc -> 'facts' ->> 'envelope'
          or d.inbox_id is distinct from d.doc -> 'facts' ->> 'inboxId'`;
  const table = kind === 'outgoing' ? sql`documents.outgoing` : sql`documents.incoming`;
  const found = await sql<{ stream: string; hasEvents: boolean }>`
    select * from (select ${`${kind}:`} || d.id as stream, exists (select from kernel.event e
        where e.org_id = d.org_id and e.stream = ${`${kind}:`} || d.id and e.type like 'documents.%') as "hasEvents",
      (d.state is distinct from d.doc ->> 'state' or d.register is distinct from d.doc ->> 'register'
        or d.year is distinct from (d.doc ->> 'year')::int or d.number is distinct from (d.doc ->> 'number')::int
        or ${envelope}) as odd
      from ${table} d where d.org_id = ${org}) found
    where odd or not "hasEvents" order by stream`.execute(tx);
  return found.rows;
}

/** Acts of which record and audit do not hold the same number: one of the two has lost lines. */
export async function eventCounts({
  tx,
  org,
}: Bound): Promise<
  readonly { readonly stream: string; readonly type: string; readonly count: number; readonly at: Date }[]
> {
  const found = await sql<{ stream: string; type: string; count: number; at: Date }>`
    select stream, type, count(*)::int as count, max(at) as at from kernel.event
    where org_id = ${org} and type like 'documents.%' group by stream, type order by stream, type`.execute(
    tx,
  );
  return found.rows;
}

export interface RegisterCount {
  readonly register: string;
  readonly kind: Kind;
  readonly year: number;
  /** The highest number that counter, register, documents or record speak of. */
  readonly last: number;
  readonly used: number;
  readonly reserved: number;
  readonly voided: number;
  /** Where the counter stands, and the highest number of the register itself: they must be the same. */
  readonly counter: number | null;
  readonly highest: number | null;
}

/** Numbers as the counter, the register, the documents and the record know them; each may have lost lines. */
const numbers = (org: OrgId): ReturnType<typeof sql> => sql`
  select register, year, last as value, null::text as kind from documents.counter where org_id = ${org}
  union all select register, year, value, kind from documents.allocation where org_id = ${org}
  union all select register, year, number, 'outgoing' from documents.outgoing where org_id = ${org} and number is not null
  union all select register, year, number, 'incoming' from documents.incoming where org_id = ${org} and number is not null
  union all select payload ->> 'register', (payload ->> 'year')::int, (payload ->> 'value')::int,
      split_part(stream, ':', 1)
    from kernel.event where org_id = ${org} and type in ('documents.numbered', 'documents.registered')`;

/** Every register and year that has given out numbers (S8.2). */
export async function registerCounts({ tx, org }: Bound): Promise<readonly RegisterCount[]> {
  const found = await sql<RegisterCount>`
    select n.register, coalesce(max(n.kind), 'outgoing') as kind, n.year, max(n.value)::int as last,
      (select count(*)::int from documents.allocation a where a.org_id = ${org} and a.register = n.register
        and a.year = n.year and a.state = 'used') as used,
      (select count(*)::int from documents.allocation a where a.org_id = ${org} and a.register = n.register
        and a.year = n.year and a.state = 'reserved') as reserved,
      (select count(*)::int from documents.allocation a where a.org_id = ${org} and a.register = n.register
        and a.year = n.year and a.state = 'void') as voided,
      (select c.last from documents.counter c where c.org_id = ${org} and c.register = n.register
        and c.year = n.year) as counter,
      (select max(a.value) from documents.allocation a where a.org_id = ${org} and a.register = n.register
        and a.year = n.year) as highest
    from (${numbers(org)}) n where n.register is not null and n.year is not null
    group by n.register, n.year order by n.register, n.year`.execute(tx);
  return found.rows;
}

export interface OddNumber {
  readonly value: number;
  readonly state: 'reserved' | 'used' | 'void' | null;
  readonly allocatedAt: Date | null;
  /** The document's own number, when there is a document. */
  readonly documentNumber: number | null;
  readonly documentState: string | null;
  readonly documentThere: boolean;
  /** The record's last word on who got the number. */
  readonly recordedAt: Date | null;
  readonly recordedStream: string | null;
  /** When the number before it was given: until then nothing was missing. */
  readonly before: Date | null;
}

/** Numbers 1…last of a register and year that do not resolve to a document, a reservation or a void (S8.2). */
export async function oddNumbers(
  { tx, org }: Bound,
  of: Pick<RegisterCount, 'register' | 'kind' | 'year' | 'last'>,
): Promise<readonly OddNumber[]> {
  const table = of.kind === 'outgoing' ? sql`documents.outgoing` : sql`documents.incoming`;
  const found = await sql<OddNumber>`
    select n.value, a.state, a.at as "allocatedAt", d.number as "documentNumber", d.state as "documentState",
      d.id is not null as "documentThere", e.at as "recordedAt", e.stream as "recordedStream",
      (select p.at from documents.allocation p where p.org_id = ${org} and p.register = ${of.register}
        and p.year = ${of.year} and p.value < n.value order by p.value desc limit 1) as before
    from generate_series(1, ${of.last}::int) as n(value)
    left join documents.allocation a on a.org_id = ${org} and a.register = ${of.register} and a.year = ${of.year}
      and a.value = n.value
    left join ${table} d on d.org_id = ${org} and d.id = a.document_id
    left join lateral (select at, stream from kernel.event e where a.value is null and e.org_id = ${org}
      and e.type in ('documents.numbered', 'documents.registered') and e.payload ->> 'register' = ${of.register}
      and (e.payload ->> 'year')::int = ${of.year} and (e.payload ->> 'value')::int = n.value
      order by e.seq desc limit 1) e on true
    where a.value is null or d.id is null or d.number is distinct from n.value
      or d.register is distinct from ${of.register} or d.year is distinct from ${of.year}
      or (a.state = 'void') is distinct from (d.state = 'void')
    order by n.value`.execute(tx);
  return found.rows;
}

/** The event with which the exchange announces a package. */
const arrivedEvent = 'exchange.package-arrived';

/** Packages that the exchange announced and that no document was made from; recalls by package make none. */
export async function arrivalsWithoutDocument({ tx, org }: Bound): Promise<
  readonly {
    readonly inboxId: string;
    readonly documentId: string | null;
    readonly fromCode: string;
    readonly at: Date;
  }[]
> {
  const found = await sql<{ inboxId: string; documentId: string | null; fromCode: string; at: Date }>`
    select e.payload ->> 'inboxId' as "inboxId", e.payload ->> 'documentId' as "documentId",
      e.payload ->> 'fromCode' as "fromCode", e.at
    from kernel.event e where e.org_id = ${org} and e.type = ${arrivedEvent}
      and not exists (select from documents.incoming i where i.org_id = e.org_id
        and (i.inbox_id = e.payload ->> 'inboxId' or i.envelope = e.payload ->> 'envelope'))
    order by e.seq`.execute(tx);
  return found.rows;
}

export interface PackagedDocument {
  readonly stream: string;
  readonly inboxId: string | null;
  readonly outboxId: string | null;
  /** The files of the document: for what arrived in the order of the package. */
  readonly files: readonly { readonly id: string; readonly name: string; readonly sha256: string }[];
  readonly at: Date;
}

/** Documents that came in a package or left in one, with their files as the rows have them, a page at a time. */
export async function* packagedDocuments(ctx: Context, org: OrgId): AsyncGenerator<PackagedDocument> {
  const limit = 200;
  for (const kind of ['incoming', 'outgoing'] as const) {
    for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
      const from = after;
      const { rows } = await ctx.db.transaction(org, (tx) =>
        (kind === 'incoming'
          ? sql<PackagedDocument & { key: string }>`select d.id as key, 'incoming:' || d.id as stream,
                d.inbox_id as "inboxId", null as "outboxId", d.sort_at as at,
                (select coalesce(jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'sha256', f.sha256)
                    order by x.position), '[]')
                  from jsonb_array_elements_text(d.doc -> 'facts' -> 'files') with ordinality x(id, position)
                  join documents.file f on f.org_id = d.org_id and f.id::text = x.id) as files
              from documents.incoming d where d.org_id = ${org} and d.inbox_id is not null and d.id > ${from}
              order by d.id limit ${limit}`
          : sql<
              PackagedDocument & { key: string }
            >`select p.id as key, 'outgoing:' || p.outgoing_id as stream,
                null as "inboxId", p.outbox_id as "outboxId", p.at,
                (select coalesce(jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'sha256', f.sha256)), '[]')
                  from documents.file f where f.org_id = p.org_id and f.ref = 'outgoing:' || p.outgoing_id) as files
              from documents.dispatch p where p.org_id = ${org} and p.outbox_id is not null and p.id > ${from}
              order by p.id limit ${limit}`
        ).execute(tx),
      );
      yield* rows;
      if (rows.length < limit) break;
      after = rows.at(-1)!.key;
    }
  }
}

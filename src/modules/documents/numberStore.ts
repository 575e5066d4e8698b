import { sql } from 'kysely';
import type { Unit } from '#kernel';

type Bound = Pick<Unit, 'tx' | 'org'>;
export type RegisterKind = 'outgoing' | 'incoming';

export interface Register {
  readonly code: string;
  readonly kind: RegisterKind;
  readonly name: string;
}

/** The registers that every office has. */
const standard: readonly Register[] = [
  { code: 'VBDI', kind: 'outgoing', name: 'Sổ văn bản đi' },
  { code: 'VBDEN', kind: 'incoming', name: 'Sổ văn bản đến' },
];

export async function registersOf({ tx, org }: Bound): Promise<readonly Register[]> {
  const found = await sql<Register>`select code, kind, name from documents.register
    where org_id = ${org} order by kind, code`.execute(tx);
  const own = new Set(found.rows.map((row) => row.code));
  return [...standard.filter((row) => !own.has(row.code)), ...found.rows];
}

export async function addRegister({ tx, org }: Bound, register: Register): Promise<void> {
  await sql`insert into documents.register (org_id, code, kind, name)
    values (${org}, ${register.code}, ${register.kind}, ${register.name})
    on conflict (org_id, code) do update set name = excluded.name`.execute(tx);
}

/**
 * Takes the next number of a register and year, from 1 (Decree 30/2020 Art. 15, 22.2). The counter row stays locked
 * until the transaction ends: no gap when it fails, no number twice however many ask at once (S2.7).
 */
export async function takeNumber(
  unit: Unit,
  request: {
    readonly register: string;
    readonly year: number;
    readonly kind: RegisterKind;
    readonly documentId: string;
  },
): Promise<number> {
  const { tx, org, now, actor } = unit;
  const counted = await sql<{ last: number }>`
    insert into documents.counter (org_id, register, year, last)
    values (${org}, ${request.register}, ${request.year}, 1)
    on conflict (org_id, register, year) do update set last = documents.counter.last + 1
    returning last`.execute(tx);
  const value = counted.rows[0]!.last;
  await sql`insert into documents.allocation
      (org_id, register, year, value, kind, document_id, state, at, by_id, by_name)
    values (${org}, ${request.register}, ${request.year}, ${value}, ${request.kind}, ${request.documentId},
      ${request.kind === 'incoming' ? 'used' : 'reserved'}, ${now}, ${actor.id}, ${actor.name})`.execute(tx);
  return value;
}

/** The document left the house: its number is used for good. */
export async function useNumber({ tx, org }: Bound, documentId: string): Promise<void> {
  await sql`update documents.allocation set state = 'used'
    where org_id = ${org} and document_id = ${documentId} and state = 'reserved'`.execute(tx);
}

/** The number stays in the register, struck through (S2.8). */
export async function voidNumber(
  { tx, org }: Bound,
  documentId: string,
  voided: {
    readonly reason: string;
    readonly by: string;
    readonly authoriser: string;
    readonly at: string;
  },
): Promise<void> {
  await sql`update documents.allocation set state = 'void', voided = ${JSON.stringify(voided)}
    where org_id = ${org} and document_id = ${documentId} and state = 'reserved'`.execute(tx);
}

export interface AllocationRow {
  readonly value: number;
  readonly state: 'reserved' | 'used' | 'void';
  readonly documentId: string;
  readonly at: Date;
  readonly byName: string;
  readonly voided: { reason: string; by: string; authoriser: string; at: string } | null;
}

/** One page of a register, in order of the numbers. */
export async function allocationsOf(
  { tx, org }: Bound,
  page: {
    readonly register: string;
    readonly kind: RegisterKind;
    readonly year: number;
    readonly after: number;
    readonly limit: number;
    readonly only: readonly string[] | null;
  },
): Promise<AllocationRow[]> {
  const found = await sql<AllocationRow>`
    select value, state, document_id as "documentId", at, by_name as "byName", voided
    from documents.allocation
    where org_id = ${org} and register = ${page.register} and kind = ${page.kind} and year = ${page.year}
      and value > ${page.after}
      ${page.only === null ? sql`` : sql`and document_id = any(${page.only}::uuid[])`}
    order by value limit ${page.limit}`.execute(tx);
  return found.rows;
}

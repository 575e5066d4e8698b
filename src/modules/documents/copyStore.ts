import { sql } from 'kysely';
import type { Unit } from '#kernel';
import type { CopyForm } from './contractCopy.ts';
import type { PersonRef } from './outgoing.ts';

export interface CopyRow {
  readonly id: string;
  readonly form: CopyForm;
  readonly notation: string;
  readonly fileId: string;
  readonly purpose: string;
  readonly authoriser: PersonRef;
  readonly byName: string;
  readonly at: Date;
}

/** The next number of the year; others wait until this transaction ends, so that none is left out. */
export async function nextCopyNumber({ tx, org }: Pick<Unit, 'tx' | 'org'>, year: number): Promise<number> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`copy:${org}:${year}`}, 0))`.execute(tx);
  const found = await sql<{ value: number }>`select coalesce(max(value), 0) + 1 as value from documents.copy
    where org_id = ${org} and year = ${year}`.execute(tx);
  return found.rows[0]!.value;
}

export async function insertCopy(
  { tx, org, now }: Pick<Unit, 'tx' | 'org' | 'now'>,
  row: Omit<CopyRow, 'at'> & {
    readonly kind: 'outgoing' | 'incoming';
    readonly documentId: string;
    readonly year: number;
    readonly value: number;
  },
): Promise<void> {
  await sql`insert into documents.copy (id, org_id, kind, document_id, form, year, value, notation, file_id, purpose,
      authoriser, by_name, at)
    values (${row.id}, ${org}, ${row.kind}, ${row.documentId}, ${row.form}, ${row.year}, ${row.value},
      ${row.notation}, ${row.fileId}, ${row.purpose}, ${JSON.stringify(row.authoriser)}, ${row.byName}, ${now})`.execute(
    tx,
  );
}

export async function copiesOf(
  { tx, org }: Pick<Unit, 'tx' | 'org'>,
  kind: 'outgoing' | 'incoming',
  documentId: string,
): Promise<CopyRow[]> {
  const found = await sql<CopyRow>`select id, form, notation, file_id as "fileId", purpose, authoriser,
      by_name as "byName", at from documents.copy
    where org_id = ${org} and kind = ${kind} and document_id = ${documentId} order by value`.execute(tx);
  return found.rows;
}

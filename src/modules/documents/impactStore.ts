import { sql } from 'kysely';
import type { Tx } from '#kernel';

/** An open document: its number and state, and whoever holds it as its field. Never what it is about. */
interface OpenDocument {
  readonly ref: string;
  readonly label: string;
  readonly field: string | null;
  readonly at: Date;
}

/** Incoming and outgoing documents of the transaction's organisation that are not at their end, oldest first. */
export async function openDocuments(tx: Tx, limit: number): Promise<readonly OpenDocument[]> {
  const found = await sql<OpenDocument>`
    select 'incoming:' || id as ref, 'Đến ' || notation as label, doc -> 'holder' ->> 'label' as field, sort_at as at
      from documents.incoming where state not in ('closed', 'refused', 'recalled-by-sender')
    union all
    select 'outgoing:' || id, 'Đi ' || coalesce(notation, 'dự thảo ' || left(id::text, 8)), doc -> 'holder' ->> 'label', sort_at
      from documents.outgoing where state not in ('dispatched', 'acknowledged', 'recalled', 'void')
    order by at limit ${limit}`.execute(tx);
  return found.rows;
}

import { sql } from 'kysely';
import type { Unit } from '#kernel';
import type { BatchCause, BatchItemState, BatchState } from './contractBatch.ts';

type Bound = Pick<Unit, 'tx' | 'org'>;

export interface BatchRow {
  readonly id: string;
  readonly personId: string;
  readonly state: BatchState;
  readonly cause: BatchCause | null;
  readonly createdAt: Date;
  readonly seenAt: Date;
}
export interface BatchItemRow {
  readonly position: number;
  readonly documentId: string;
  readonly state: BatchItemState;
  readonly cause: BatchCause | null;
  readonly at: Date | null;
}

const columns = sql`id, person_id as "personId", state, cause, created_at as "createdAt", seen_at as "seenAt"`;
const itemColumns = sql`position, document_id as "documentId", state, cause, at`;

export async function insertBatch(
  { tx, org, now }: Pick<Unit, 'tx' | 'org' | 'now'>,
  batch: { readonly id: string; readonly personId: string; readonly documentIds: readonly string[] },
): Promise<void> {
  await sql`insert into documents.signing_batch (id, org_id, person_id, state, created_at, seen_at)
    values (${batch.id}, ${org}, ${batch.personId}, 'waiting', ${now}, ${now})`.execute(tx);
  await sql`insert into documents.signing_batch_item (org_id, batch_id, position, document_id, state)
    select ${org}, ${batch.id}, x.position, x.id, 'queued'
    from unnest(${[...batch.documentIds]}::uuid[]) with ordinality as x(id, position)`.execute(tx);
}

/** A batch of the person, for reading or locked. */
export async function batchById(
  { tx, org }: Bound,
  id: string,
  personId: string,
  lock = false,
): Promise<BatchRow | null> {
  const found = await sql<BatchRow>`select ${columns} from documents.signing_batch
    where org_id = ${org} and id = ${id} and person_id = ${personId} ${lock ? sql`for update` : sql``}`.execute(
    tx,
  );
  return found.rows[0] ?? null;
}

export async function openBatches({ tx, org }: Bound, personId: string): Promise<BatchRow[]> {
  const found = await sql<BatchRow>`select ${columns} from documents.signing_batch
    where org_id = ${org} and person_id = ${personId} and state <> 'done' order by created_at desc limit 20`.execute(
    tx,
  );
  return found.rows;
}

export async function itemsOf({ tx, org }: Bound, batchId: string): Promise<BatchItemRow[]> {
  const found = await sql<BatchItemRow>`select ${itemColumns} from documents.signing_batch_item
    where org_id = ${org} and batch_id = ${batchId} order by position`.execute(tx);
  return found.rows;
}

/** The next that waits, locked; null when none does. */
export async function nextItem({ tx, org }: Bound, batchId: string): Promise<BatchItemRow | null> {
  const found = await sql<BatchItemRow>`select ${itemColumns} from documents.signing_batch_item
    where org_id = ${org} and batch_id = ${batchId} and state = 'queued' order by position limit 1 for update`.execute(
    tx,
  );
  return found.rows[0] ?? null;
}

/** Moves items of a batch from one of some states to another. @returns how many */
export async function moveItems(
  { tx, org, now }: Pick<Unit, 'tx' | 'org' | 'now'>,
  batchId: string,
  move: {
    readonly from: readonly BatchItemState[];
    readonly to: BatchItemState;
    readonly documentId?: string;
    readonly cause?: BatchCause;
  },
): Promise<number> {
  const changed = await sql`update documents.signing_batch_item
    set state = ${move.to}, cause = ${move.cause === undefined ? null : JSON.stringify(move.cause)}::jsonb, at = ${now}
    where org_id = ${org} and batch_id = ${batchId} and state = any(${[...move.from]}::text[])
      and (${move.documentId ?? null}::uuid is null or document_id = ${move.documentId ?? null})`.execute(tx);
  return Number(changed.numAffectedRows ?? 0n);
}

export async function setBatch(
  { tx, org }: Bound,
  id: string,
  state: BatchState,
  cause: BatchCause | null = null,
): Promise<void> {
  await sql`update documents.signing_batch set state = ${state},
    cause = ${cause === null ? null : JSON.stringify(cause)}::jsonb where org_id = ${org} and id = ${id}`.execute(
    tx,
  );
}

export async function seeBatch(
  { tx, org, now }: Pick<Unit, 'tx' | 'org' | 'now'>,
  id: string,
): Promise<void> {
  await sql`update documents.signing_batch set seen_at = ${now} where org_id = ${org} and id = ${id}`.execute(
    tx,
  );
}

import { sql } from 'kysely';
import type { Unit } from '#kernel';

export interface AuditEntry {
  readonly id: number;
  readonly at: Date;
  readonly actorKind: string;
  readonly actorId: string;
  readonly actorName: string;
  readonly actorPost: string | null;
  readonly action: string;
  readonly object: string;
  readonly detail: Record<string, unknown>;
}

/**
 * Writes who did or read what into the audit, in the transaction of the act itself: there is no act without its
 * entry, and no entry of an act that was undone.
 * @param entry.action room, dot, verb: `documents.read-file`
 * @param entry.object what it was done to: `incoming:<uuid>`
 */
export async function record(
  unit: Pick<Unit, 'tx' | 'org' | 'actor' | 'now'>,
  entry: {
    readonly action: string;
    readonly object: string;
    readonly detail?: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  await sql`insert into audit.entry (org_id, at, actor_kind, actor_id, actor_name, actor_post, action, object, detail)
    values (${unit.org}, ${unit.now}, ${unit.actor.kind}, ${unit.actor.id}, ${unit.actor.name}, ${unit.actor.post ?? null},
      ${entry.action}, ${entry.object}, ${JSON.stringify(entry.detail ?? {})})`.execute(unit.tx);
}

/** Entries about one object, or all, newest first. */
export async function entries(
  unit: Pick<Unit, 'tx' | 'org'>,
  filter: {
    readonly object?: string | undefined;
    readonly before?: number | undefined;
    readonly limit: number;
  },
): Promise<AuditEntry[]> {
  const found =
    await sql<AuditEntry>`select id, at, actor_kind as "actorKind", actor_id as "actorId", actor_name as "actorName",
      actor_post as "actorPost", action, object, detail
    from audit.entry where org_id = ${unit.org}
      and (${filter.object ?? null}::text is null or object = ${filter.object ?? null})
      and (${filter.before ?? null}::bigint is null or id < ${filter.before ?? null})
    order by id desc limit ${filter.limit}`.execute(unit.tx);
  return found.rows;
}

/** Entries of some actions, oldest first, one page after another; for checks of the record. */
export async function entriesInOrder(
  unit: Pick<Unit, 'tx' | 'org'>,
  page: { readonly actions: readonly string[]; readonly after: number; readonly limit: number },
): Promise<AuditEntry[]> {
  const found =
    await sql<AuditEntry>`select id, at, actor_kind as "actorKind", actor_id as "actorId", actor_name as "actorName",
      actor_post as "actorPost", action, object, detail
    from audit.entry where org_id = ${unit.org} and id > ${page.after} and action = any(${[...page.actions]}::text[])
    order by id limit ${page.limit}`.execute(unit.tx);
  return found.rows;
}

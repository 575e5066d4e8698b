import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Context } from './module.ts';
import type { Tx } from './database.ts';
import { refuse } from './errors.ts';
import type { OrgId, PersonId, UnitId } from './ids.ts';

/** Who acts. */
export interface Actor {
  readonly kind: 'person' | 'agency' | 'system';
  readonly id: string;
  readonly name: string;
  /** The organisation on whose rows they may work. */
  readonly orgId: OrgId | null;
  /** Only for people of an office. */
  readonly personId?: PersonId;
  readonly unitId?: UnitId;
  readonly roles: readonly string[];
  /** The post under which they act, as printed: "Chánh Văn phòng". */
  readonly post?: string;
}

/** Something that happened, as it goes into the record. */
export interface NewEvent {
  /** What it happened to, `outgoing:<uuid>`. */
  readonly stream: string;
  /** `documents.issued`: room, dot, past participle. */
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface RecordedEvent extends NewEvent {
  readonly seq: number;
  readonly orgId: OrgId;
  readonly actor: Pick<Actor, 'kind' | 'id' | 'name' | 'post'>;
  readonly at: Date;
}

/**
 * One unit of work: a transaction bound to one organisation's rows, who acts, and the instant at which it happens.
 * Rooms meet by handing it on: all that they write stands or falls together.
 */
export interface Unit {
  readonly tx: Tx;
  readonly ctx: Context;
  readonly org: OrgId;
  readonly actor: Actor;
  readonly now: Date;
  /** Writes the event into the record and runs the handlers that other rooms registered, in this transaction. */
  publish(event: NewEvent): Promise<RecordedEvent>;
  /** Runs after the commit, e.g. to wake a poller. Not for anything that must not be lost. */
  afterCommit(action: () => void): void;
}

/** The system itself, acting for an organisation (pollers, receipts). */
export function systemActor(org: OrgId): Actor {
  return { kind: 'system', id: 'system', name: 'Hệ thống', orgId: org, roles: ['system'] };
}

/** Opens a unit of work; everything in it is committed together or not at all. */
export async function unitOfWork<T>(
  ctx: Context,
  who: { readonly org: OrgId; readonly actor: Actor },
  work: (unit: Unit) => Promise<T>,
): Promise<T> {
  const after: (() => void)[] = [];
  const result = await ctx.db.transaction(who.org, async (tx) => {
    const now = ctx.clock.now();
    const unit: Unit = {
      tx,
      ctx,
      org: who.org,
      actor: who.actor,
      now,
      async publish(event) {
        const actor = {
          kind: who.actor.kind,
          id: who.actor.id,
          name: who.actor.name,
          ...(who.actor.post === undefined ? {} : { post: who.actor.post }),
        };
        const written = await sql<{ seq: number }>`
          insert into kernel.event (org_id, stream, type, payload, actor, at)
          values (${who.org}, ${event.stream}, ${event.type}, ${JSON.stringify(event.payload)}, ${JSON.stringify(actor)}, ${now})
          returning seq`.execute(tx);
        const recorded: RecordedEvent = {
          ...event,
          seq: written.rows[0]!.seq,
          orgId: who.org,
          actor,
          at: now,
        };
        for (const handler of ctx.events.handlersOf(event.type)) await handler(unit, recorded);
        return recorded;
      },
      afterCommit: (action) => void after.push(action),
    };
    return await work(unit);
  });
  for (const action of after) action();
  return result;
}

/** The events of one stream, oldest first. */
export async function readStream(
  unit: Pick<Unit, 'tx' | 'org'>,
  stream: string,
): Promise<readonly RecordedEvent[]> {
  const found = await sql<{
    seq: number;
    stream: string;
    type: string;
    payload: Record<string, unknown>;
    actor: RecordedEvent['actor'];
    at: Date;
  }>`
    select seq, stream, type, payload, actor, at from kernel.event
    where org_id = ${unit.org} and stream = ${stream} order by seq`.execute(unit.tx);
  return found.rows.map((row) => ({ ...row, orgId: unit.org }));
}

/**
 * Runs a command once for its idempotency key: the same key with the same request gives the first answer again;
 * with another request it is refused. A request that arrives while the first still runs waits for it.
 */
export async function commandOnce<T>(
  ctx: Context,
  who: { readonly org: OrgId; readonly actor: Actor },
  command: { readonly key: string; readonly name: string; readonly request: unknown },
  work: (unit: Unit) => Promise<T>,
): Promise<T> {
  const requestHash = createHash('sha256')
    .update(`${command.name}\n${JSON.stringify(command.request)}`)
    .digest('hex');
  return await unitOfWork(ctx, who, async (unit) => {
    const claimed = await sql<{ key: string }>`
      insert into kernel.command (org_id, actor_id, key, name, request_hash, at)
      values (${unit.org}, ${who.actor.id}, ${command.key}, ${command.name}, ${requestHash}, ${unit.now})
      on conflict do nothing returning key`.execute(unit.tx);
    if (claimed.rows.length === 0) {
      const first = await sql<{ request_hash: string; response: { value: T } }>`
        select request_hash, response from kernel.command
        where org_id = ${unit.org} and actor_id = ${who.actor.id} and key = ${command.key}`.execute(unit.tx);
      const row = first.rows[0]!;
      if (row.request_hash !== requestHash) throw refuse('idempotency-key-reused');
      return row.response.value;
    }
    const value = await work(unit);
    await sql`update kernel.command set response = ${JSON.stringify({ value })}
      where org_id = ${unit.org} and actor_id = ${who.actor.id} and key = ${command.key}`.execute(unit.tx);
    // The first answer is what a repeat will get: through JSON, like the repeat.
    return JSON.parse(JSON.stringify({ value })).value as T;
  });
}

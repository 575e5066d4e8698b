import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { checkIntegrity as checkAxis } from '#axis';
import { checkIntegrity as checkOffice } from '#exchange';
import { contentDigest, signRequest } from '#signing';
import { agencySigner } from '#signatures';
import type { Context, Finding } from '#kernel';
import { agencies, type Base } from './base.ts';
import type { Told } from './history.ts';
import { drain } from './network.ts';
import type { World } from './world.ts';

/** Judges a history after everything has healed: R1–R4 of the exchange. */
export async function checkHistory(base: Base, world: World, told: Told): Promise<void> {
  await checkAcknowledged(base, world, told);
  await checkOnce(world);
  await checkCounters(world);
  await checkEnds(world);
  await checkStatuses(world);
  await checkRepeats(base, world, told);
  await checkEverything(base, world);
}

async function ask<Row extends object>(world: World, text: string, values: unknown[] = []): Promise<Row[]> {
  return (await world.admin.query<Row>(text, values)).rows;
}

/** Every row that a question finds is a broken guarantee. */
async function none(world: World, what: string, text: string): Promise<void> {
  for (const row of await ask<Record<string, unknown>>(world, text))
    world.problems.push(`${what}: ${JSON.stringify(row)}`);
}

/** R2: what somebody was told is there, once; and what is there, somebody asked for. */
async function checkAcknowledged(base: Base, world: World, told: Told): Promise<void> {
  for (const { from, ref, envelope } of told.enqueued) {
    const rows = await ask<{ state: string }>(
      world,
      'select state from exchange.outbox where org_id = $1 and ref = $2 and envelope = $3',
      [base.orgs[from], ref, envelope],
    );
    if (rows.length !== 1 || rows[0]!.state !== 'accepted')
      world.problems.push(`R2: ${from} was told that ${ref} is sent: ${JSON.stringify(rows)}`);
  }
  for (const { from, answer } of told.accepted.values()) {
    const { envelope, receipt } = JSON.parse(answer.toString()) as { envelope: string; receipt: string };
    const rows = await ask<{ receipt: string }>(
      world,
      'select receipt from axis.envelope where sender_org = $1 and envelope = $2',
      [base.orgs[from], envelope],
    );
    if (rows.length !== 1 || rows[0]!.receipt !== receipt)
      world.problems.push(`R2: the axis answered for ${envelope} and has ${rows.length} of it`);
  }
}

async function checkOnce(world: World): Promise<void> {
  await none(
    world,
    'R2 not delivered exactly once',
    `select d.recipient_code, e.document_id, d.state, count(i.id) as arrivals from axis.delivery d
      join axis.envelope e on e.id = d.envelope_id
      left join exchange.inbox i on i.org_id = d.recipient_org and i.envelope = e.envelope and i.state = 'stored'
      group by d.id, e.id having count(i.id) <> 1`,
  );
  await none(
    world,
    'R2 in an inbox and not at the axis',
    `select i.envelope from exchange.inbox i where not exists (select from axis.delivery d
      join axis.envelope e on e.id = d.envelope_id where d.recipient_org = i.org_id and e.envelope = i.envelope)`,
  );
  await none(
    world,
    'R2 announced other than once',
    `select i.id, count(v.seq) from exchange.inbox i left join kernel.event v on v.org_id = i.org_id
        and v.type = 'exchange.package-arrived' and v.payload ->> 'inboxId' = i.id::text
      where i.message_type = 'edoc' and i.state = 'stored' group by i.id having count(v.seq) <> 1`,
  );
}

/** R4: no gap and nothing twice, in the senders' counters and in the log; the log holds everything. */
async function checkCounters(world: World): Promise<void> {
  await none(
    world,
    'R4 counters with a gap',
    `select sender_org, count(*), max(counter) from axis.envelope group by sender_org having count(*) <> max(counter)`,
  );
  await none(
    world,
    'R4 log with a gap',
    `select next_index, count(l.index) from axis.head left join axis.log_entry l on true
      group by next_index having count(l.index) <> next_index`,
  );
  await none(
    world,
    'a false alarm',
    `select code, about, detail from exchange.alarm
      where code in ('counter-gap', 'counter-reused', 'receipt-invalid', 'package-damaged')`,
  );
  const [head] = await ask<{ next_index: string }>(world, 'select next_index from axis.head');
  for (const name of ['witness1', 'witness2'] as const) {
    const size = world.nodes[name].life!.witness!.size();
    if (size !== Number(head!.next_index) && Number(head!.next_index) > 0)
      world.problems.push(`R4: ${name} has cosigned ${size} of ${head!.next_index} entries`);
  }
}

/** R3: everything is at an end, and both sides know it. */
async function checkEnds(world: World): Promise<void> {
  await none(
    world,
    'R3 not at an end',
    `select d.recipient_code, d.state from axis.delivery d where d.state <> 'stored' or d.ack_index is null`,
  );
  await none(
    world,
    'R3 outbox not at an end',
    `select ref, kind, state, last_error from exchange.outbox where state <> 'accepted'`,
  );
  await none(
    world,
    'R3 the sender does not know it',
    `select r.code, r.transport from exchange.outbox_recipient r where r.transport <> 'stored'`,
  );
  await none(
    world,
    'R3 not acknowledged',
    `select envelope from exchange.inbox where acknowledged_at is null or state <> 'stored'`,
  );
}

/** Every status that one side said, the other side has, about the same document. */
async function checkStatuses(world: World): Promise<void> {
  await none(
    world,
    'a status was lost',
    `select s.code, s.document_id, s.peer_code from exchange.status s where s.direction = 'sent'
      and not exists (select from exchange.status r where r.direction = 'received' and r.envelope = s.envelope
        and r.document_id = s.document_id and r.code = s.code and r.org_id = s.peer_id)`,
  );
  await none(
    world,
    'a status touches nothing',
    `select code, document_id from exchange.status where direction = 'received' and outbox_id is null and inbox_id is null`,
  );
}

/** R1: the same package again gets the same bytes; the same identity with other bytes is a conflict with both hashes. */
async function checkRepeats(base: Base, world: World, told: Told): Promise<void> {
  let serial = 0;
  for (const { from, body, answer } of told.accepted.values()) {
    const isStatus = body.includes('StatusCode');
    const agency = agencies.find(({ name }) => name === from)!;
    const post = async (bytes: Buffer, key: string): Promise<{ status: number; body: Buffer }> => {
      const office = world.nodes[agency.office].life!.ctx!;
      const url = 'http://axis.example/axis/v1/packages';
      const headers: Record<string, string> = {
        host: 'axis.example',
        'content-type': 'application/edxml+xml',
        'content-digest': contentDigest(bytes),
        'idempotency-key': key,
        'phigiay-message-type': isStatus ? 'status' : 'edoc',
        'phigiay-from': agency.code,
      };
      const signer = await agencySigner(office, base.orgs[from]);
      const created = Math.floor(world.nowMs() / 1_000);
      const nonce = `repeat-${(serial += 1)}-0123456789`;
      const signed = signRequest({ method: 'POST', url, headers, ...signer, created, nonce });
      const reply = await world.nodes.axis.life!.app!.inject({
        method: 'POST',
        url: '/axis/v1/packages',
        headers: { ...headers, ...signed },
        payload: bytes,
      });
      return { status: reply.statusCode, body: reply.rawPayload };
    };
    const again = await post(body, `again-000${serial}`);
    if (again.status !== 201 || !again.body.equals(answer))
      world.problems.push(
        `R1: a repeat by ${from} got ${again.status} ${again.body.toString().slice(0, 200)}`,
      );
    if (isStatus) continue;
    const other = Buffer.from(body.toString().replace('V/v việc', 'V/v chuyện'));
    const conflict = await post(other, `other-000${serial}`);
    const problem = JSON.parse(conflict.body.toString()) as { details?: Record<string, unknown> };
    if (conflict.status !== 409 || !problem.details?.['acceptedHash'] || !problem.details['givenHash'])
      world.problems.push(
        `R1: other bytes under one identity got ${conflict.status} ${conflict.body.toString()}`,
      );
  }
}

/** Our own integrity check has nothing to say about either side. */
async function checkEverything(base: Base, world: World): Promise<void> {
  const judge = async (name: string, found: AsyncIterable<Finding>): Promise<void> => {
    for await (const { kind, object, detail } of found)
      if (kind !== 'note') world.problems.push(`${name}: ${kind} ${object}: ${detail}`);
  };
  const contextOf = (name: 'north' | 'south'): Context => world.nodes[name].life!.ctx!;
  // The check asks the witnesses what they hold.
  let ended = false;
  await world.begin('axis', 'check', async (ctx) => {
    await judge('axis', checkAxis(ctx)).finally(() => void (ended = true));
  });
  for (;;) {
    await drain(world);
    if (ended) break;
    await turnOfLoop();
  }
  for (const { name, office } of agencies) await judge(name, checkOffice(contextOf(office), base.orgs[name]));
}

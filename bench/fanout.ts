import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { addOrganisations } from '#directory';
import { connectDatabase, systemClock } from '#kernel';
import { testDocument } from '../test/crash/agency.ts';
import { axisDatabase, callAxis, packageHeaders, startAxis } from '../test/crash/axisChild.ts';

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** The yardstick: the rows of one delivery each, with the same indexes, in one durable transaction and one statement. */
async function rawInsert(client: Client, count: number): Promise<number> {
  const ids = Array.from({ length: count }, () => randomUUID());
  const codes = ids.map((_, at) => `R${at}`);
  const began = performance.now();
  await client.query('begin');
  await client.query(
    `insert into bench_delivery (id, envelope_id, sender_org, recipient_org, recipient_code, recipient_name, kind,
        urgency, log_index, state, change, queued_at, changed_at)
      select t.id, $3, $3, t.id, t.code, 'Cơ quan ' || t.code, 'edoc', 0, 1, 'queued', t.change, now(), now()
      from unnest($1::uuid[], $2::text[]) with ordinality as t (id, code, change)`,
    [ids, codes, randomUUID()],
  );
  await client.query('commit');
  return performance.now() - began;
}

/**
 * P2: one upload to 10,000 recipients: accepted, logged, receipted and in every inbox, against the raw insert of the
 * deliveries in the same run. `fanout_vs_raw` is the median of the rounds' ratios; the target is at most 4.
 * @param args how many recipients (10,000) and rounds (9)
 */
export async function run(args: readonly string[]): Promise<number> {
  const [count, rounds] = [Number(args[0] ?? 10_000), Number(args[1] ?? 9)];
  const { database, agencies } = await axisDatabase(['H99', 'R0']);
  const [sender, receiver] = [agencies[0]!, agencies[1]!];
  const codes = Array.from({ length: count }, (_, at) => `R${at}`);
  const db = connectDatabase(database.url, { poolSize: 2 });
  await db.transaction(null, (tx) =>
    addOrganisations(
      tx,
      codes.slice(1).map((code) => ({
        code,
        code102: `000.00.00.${code}`,
        name: `Cơ quan ${code}`,
        parentCode102: null,
      })),
      '2020-01-01',
      systemClock.now(),
    ),
  );
  await db.close();
  const owner = new Client({ connectionString: database.url });
  await owner.connect();
  await owner.query('create table bench_delivery (like axis.delivery including all)');
  await owner.query(`create index on bench_delivery (sender_org, change)`);
  const dataDir = await mkdtemp(join(tmpdir(), 'phigiay-bench-'));
  const axis = await startAxis({ databaseUrl: database.url, dataDir });
  const agent = new Agent({ keepAlive: true });
  const [ours, raw, ratios]: [number[], number[], number[]] = [[], [], []];
  let receipt = 0;
  try {
    for (let round = -1; round < rounds; round += 1) {
      const body = testDocument({ from: 'H99', to: codes, number: `${round + 2}/VP` });
      const headers = packageHeaders('H99', `fanout-bench-${round + 2}`);
      const yard = await rawInsert(owner, count);
      const began = performance.now();
      const answer = await callAxis(agent, axis.port, sender, {
        method: 'POST',
        path: '/axis/v1/packages',
        headers,
        body,
      });
      const inbox = await callAxis(agent, axis.port, receiver, {
        method: 'GET',
        path: '/axis/v1/inbox?limit=500',
      });
      const took = performance.now() - began;
      const { items } = JSON.parse(inbox.body.toString()) as { items: unknown[] };
      if (answer.status !== 201 || items.length !== round + 2)
        throw new Error(answer.body.toString().slice(0, 300));
      receipt = (JSON.parse(answer.body.toString()) as { receipt: string }).receipt.length;
      // The first round warms caches and plans.
      if (round < 0) continue;
      ours.push(took);
      raw.push(yard);
      ratios.push(took / yard);
      console.log(`${count} recipients: ${took.toFixed(0)} ms, raw insert ${yard.toFixed(0)} ms`);
    }
  } finally {
    agent.destroy();
    await axis.end('SIGTERM');
    await owner.end();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  }
  const ratio = Number(median(ratios).toFixed(2));
  console.log(
    JSON.stringify({
      fanout_vs_raw: ratio,
      recipients: count,
      axis_ms: Math.round(median(ours)),
      raw_ms: Math.round(median(raw)),
      receipt_characters: receipt,
    }),
  );
  return ratio <= 4 ? 0 : 1;
}

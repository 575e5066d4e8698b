import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import Fastify from 'fastify';
import { Pool } from 'pg';

/**
 * The yardstick of P1, the simplest honest acceptor: HTTP in, blob written and fsynced, one transaction with a
 * document row and two event rows, one RSA-2048 signature, answer out. No check of who sends, no routing, no
 * deliveries, no log, no answer to repeats.
 */
const folder = join(process.env['PHIGIAY_DATA']!, 'naive');
const pool = new Pool({ connectionString: process.env['DATABASE_URL'], max: 20 });
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

await mkdir(folder, { recursive: true });
await pool.query('create schema if not exists naive');
await pool.query(
  'create table if not exists naive.document (id uuid primary key, hash text not null, size int not null, at timestamptz not null)',
);
await pool.query(
  'create table if not exists naive.event (id bigint generated always as identity primary key, document_id uuid not null, type text not null, at timestamptz not null)',
);

/**
 * Durable as exchange.md §7 measures a blob: create, fsync, rename, fsync of the folder (without the last, the name
 * may be gone after a power loss). `file-only` leaves the renaming and the folder out.
 */
async function store(path: string, bytes: Uint8Array): Promise<void> {
  const whole = process.env['PHIGIAY_NAIVE_BLOB'] !== 'file-only';
  const file = await open(whole ? `${path}.tmp` : path, 'wx');
  await file.writeFile(bytes);
  await file.sync();
  await file.close();
  if (!whole) return;
  await rename(`${path}.tmp`, path);
  const names = await open(folder, 'r');
  await names.sync();
  await names.close();
}

const app = Fastify({ logger: false, bodyLimit: 10_000_000 });
app.addContentTypeParser('application/edxml+xml', { parseAs: 'buffer' }, (_request, body, done) =>
  done(null, body),
);
app.post('/documents', async (request, reply) => {
  const bytes = request.body as Buffer;
  const hash = createHash('sha256').update(bytes).digest('hex');
  const id = randomUUID();
  await store(join(folder, id), bytes);
  const at = new Date();
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query('insert into naive.document (id, hash, size, at) values ($1, $2, $3, $4)', [
      id,
      hash,
      bytes.length,
      at,
    ]);
    await client.query('insert into naive.event (document_id, type, at) values ($1, $2, $3)', [
      id,
      'received',
      at,
    ]);
    await client.query('insert into naive.event (document_id, type, at) values ($1, $2, $3)', [
      id,
      'queued',
      at,
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
  const receipt = { id, hash, at: at.toISOString() };
  const signature = sign('sha256', Buffer.from(JSON.stringify(receipt)), privateKey).toString('base64');
  return reply.code(201).send({ ...receipt, signature });
});
const address = await app.listen({ host: '127.0.0.1', port: 0 });
console.log(JSON.stringify({ port: Number(new URL(address).port) }));
process.once('SIGTERM', () => {
  void app
    .close()
    .then(() => pool.end())
    .then(() => process.exit(0));
});

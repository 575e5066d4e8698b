import { appendFile, chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { adoptCluster, copyRunningCluster, startEmbeddedPostgres, type EmbeddedPostgres } from '#kernel';

/** Runs one statement as the owner. */
export async function asOwner(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

const socketOf = (url: string): string => new URL(url).searchParams.get('host')!;

/**
 * A PostgreSQL primary with a synchronous standby, and one address that leads to whichever is primary, as a virtual
 * address or a proxy does in service.
 */
export interface Pair {
  /** Connection string of the address. */
  readonly url: string;
  /** Makes the standby: from here on a commit returns when both have it. */
  pairUp(): Promise<void>;
  /** Kills the primary with -9, promotes the standby and turns the address to it. */
  failOver(): Promise<void>;
  close(): Promise<void>;
}

export async function startPair(): Promise<Pair> {
  const folder = await mkdtemp(join(tmpdir(), 'phigiay-pair-'));
  await chmod(folder, 0o755);
  const settings = { max_connections: '60', shared_buffers: '32MB' };
  const primary = await startEmbeddedPostgres({ dataDir: join(folder, 'primary'), settings });
  let standby: EmbeddedPostgres | null = null;
  let target = primary.url;
  const open = new Set<Socket>();
  const address = createServer((incoming) => {
    const outgoing = connect(join(socketOf(target), '.s.PGSQL.5432'));
    for (const [one, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => address.listen(0, '127.0.0.1', resolve));
  const { port } = address.address() as AddressInfo;

  return {
    url: `postgres://phigiay_owner@127.0.0.1:${port}/phigiay`,
    async pairUp() {
      const dataDir = join(folder, 'standby');
      await adoptCluster({ dataDir }, async (cluster) => {
        await copyRunningCluster(primary.url, cluster);
        const where = `host=${socketOf(primary.url)} port=5432 user=phigiay_owner application_name=standby`;
        await appendFile(join(cluster, 'postgresql.auto.conf'), `primary_conninfo = '${where}'\n`);
        await writeFile(join(cluster, 'standby.signal'), '');
      });
      standby = await startEmbeddedPostgres({ dataDir, settings });
      await asOwner(primary.url, "alter system set synchronous_standby_names = 'standby'");
      await asOwner(primary.url, 'select pg_reload_conf()');
      for (let state = ''; state !== 'sync';) {
        const [row] = await asOwner(primary.url, 'select sync_state from pg_stat_replication');
        state = String(row?.['sync_state']);
      }
    },
    async failOver() {
      const [row] = await asOwner(primary.url, 'show data_directory');
      const pid = Number(
        readFileSync(join(String(row!['data_directory']), 'postmaster.pid'), 'utf8').split('\n')[0],
      );
      process.kill(pid, 'SIGKILL');
      await asOwner(standby!.url, 'select pg_promote()');
      target = standby!.url;
      for (const socket of open) socket.destroy();
    },
    async close() {
      for (const socket of open) socket.destroy();
      address.close();
      await standby?.stop();
      await primary.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

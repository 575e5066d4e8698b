import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Client } from 'pg';

/** A file as it was copied: path relative to the copy, length in bytes, SHA-256 in hex. */
export interface CopiedFile {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

const chunkBytes = 1_048_576;
const hands = 16;
/** Last of all, as `pg_basebackup` does. */
const controlFile = 'global/pg_control';

/** Does the work for each, sixteen at a time: flushes to disk that wait together cost little more than one. */
export async function severalAtOnce<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items[Symbol.iterator]();
  const hand = async (): Promise<void> => {
    for (let next = queue.next(); !next.done; next = queue.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: hands }, hand));
}

/**
 * Copies what the file holds now, byte by byte, flushed to disk.
 * @param to is made with its folders; must not exist
 * @returns length and SHA-256 of what was copied; null when the file is gone
 */
export async function copyFlushed(from: string, to: string): Promise<Omit<CopiedFile, 'path'> | null> {
  const source = await open(from, constants.O_RDONLY).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!source) return null;
  try {
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    const target = await open(to, 'wx', 0o600);
    try {
      const hash = createHash('sha256');
      const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, (await source.stat()).size + 1));
      let size = 0;
      for (;;) {
        const { bytesRead } = await source.read(chunk, 0, chunk.length, size);
        if (bytesRead === 0) break;
        hash.update(chunk.subarray(0, bytesRead));
        await target.writeFile(chunk.subarray(0, bytesRead));
        size += bytesRead;
      }
      await target.datasync();
      return { size, sha256: hash.digest('hex') };
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** Folders whose files a restored server makes anew (PostgreSQL manual, 25.3.5). */
const emptied = new Set([
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
]);
const left =
  /^(postmaster\.(pid|opts)|phigiay\.json|backup_label.*|tablespace_map.*)$|(^|\/)(pgsql_tmp|pg_internal\.init)/;

/** Files to copy and all folders, which a server wants even where they are empty. */
async function listOf(cluster: string): Promise<{ files: readonly string[]; folders: readonly string[] }> {
  const files: string[] = [];
  const folders: string[] = [];
  const look = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(cluster, below), { withFileTypes: true })) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (left.test(path)) continue;
      if (!entry.isDirectory()) files.push(path);
      else {
        folders.push(path);
        if (!emptied.has(path)) await look(path);
      }
    }
  };
  await look('');
  return { files, folders };
}

/**
 * Copies a running PostgreSQL by its low-level backup interface (manual, 25.3.3), without stopping anybody: the files
 * of the cluster between `pg_backup_start` and `pg_backup_stop`, and the write-ahead log of that time, which a slot
 * keeps from being recycled. The copy is the database as it was when this returns.
 * @param url connection of a superuser whose `data_directory` this process can read
 * @param target folder to make
 */
export async function copyRunningCluster(url: string, target: string): Promise<readonly CopiedFile[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const copied: CopiedFile[] = [];
  try {
    const ask = async <Row>(text: string, ...values: string[]): Promise<Row> =>
      (await client.query(text, values)).rows[0] as Row;
    const cluster = (await ask<{ data_directory: string }>('show data_directory')).data_directory;
    const copy = async (path: string): Promise<void> => {
      const one = await copyFlushed(join(cluster, path), join(target, path));
      if (one) copied.push({ path, ...one });
    };
    await ask('select pg_create_physical_replication_slot($1, true, true)', `phigiay_backup_${process.pid}`);
    const { first } = await ask<{ first: string }>(
      "select pg_walfile_name(pg_backup_start('phigiay backup', true)) as first",
    );
    const { files, folders } = await listOf(cluster);
    for (const path of folders) await mkdir(join(target, path), { recursive: true, mode: 0o700 });
    await severalAtOnce(
      files.filter((path) => path !== controlFile),
      copy,
    );
    await copy(controlFile);
    const stop = await ask<{ last: string; label: string; tablespaces: string }>(
      'select pg_walfile_name(lsn) as last, labelfile as label, spcmapfile as tablespaces from pg_backup_stop(false)',
    );
    const wal = (await readdir(join(cluster, 'pg_wal'))).filter(
      (name) =>
        name.endsWith('.history') || (/^[0-9A-F]{24}$/.test(name) && name >= first && name <= stop.last),
    );
    for (const name of wal) await copy(`pg_wal/${name}`);
    for (const [path, text] of [
      ['backup_label', stop.label],
      ['tablespace_map', stop.tablespaces],
    ] as const) {
      if (text.trim() === '') continue;
      const file = await open(join(target, path), 'wx', 0o600);
      await file.writeFile(text);
      await file.datasync();
      await file.close();
      const sha256 = createHash('sha256').update(text).digest('hex');
      copied.push({ path, size: Buffer.byteLength(text), sha256 });
    }
    return copied;
  } finally {
    await client.end();
  }
}

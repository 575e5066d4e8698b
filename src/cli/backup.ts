import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import {
  adoptCluster,
  copyFlushed,
  copyRunningCluster,
  severalAtOnce,
  startEmbeddedPostgres,
  vietnamIso,
  type Config,
  type CopiedFile,
} from '#kernel';
import { openFolderReader, parseCheckpoint, rootFromTiles } from '#ledger';

const usage = 'Cách dùng: phigiay backup THƯ_MỤC_MỚI  ·  phigiay restore THƯ_MỤC [--data NƠI_MỚI]';
const manifestName = 'manifest.json';

const manifest = z.object({
  format: z.literal('phigiay-backup/1'),
  /** ISO 8601 of Viet Nam. The database in the copy is the one of `endedAt`. */
  startedAt: z.string(),
  endedAt: z.string(),
  files: z.array(
    z.object({
      path: z.string().regex(/^(database|files)\/[^\0]+$/),
      size: z.number(),
      sha256: z.string().length(64),
    }),
  ),
});
type Manifest = z.infer<typeof manifest>;

/** The copy cannot be made or used; the message is one plain Vietnamese line. */
class BackupError extends Error {}

async function* filesBelow(folder: string, below = ''): AsyncGenerator<string> {
  const entries = await readdir(join(folder, below), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) yield* filesBelow(folder, path);
    else if (entry.isFile()) yield path;
  }
}

/**
 * The published log, before the database, so that the database of the copy has every entry of its log. The checkpoint
 * goes first, for its tiles lie there before it does. A tile may be replaced by a wider one meanwhile: the copy counts
 * when its tiles lead to the root of its checkpoint, else it is made again.
 */
async function copyLog(dataDir: string, target: string): Promise<CopiedFile[]> {
  const log = join(dataDir, 'log');
  if (!existsSync(join(log, 'checkpoint'))) return [];
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const copied: CopiedFile[] = [];
    await rm(join(target, 'log'), { recursive: true, force: true });
    const paths: string[] = [];
    for await (const path of filesBelow(log)) if (path.startsWith('tile/')) paths.push(path);
    const copy = async (path: string): Promise<void> => {
      const one = await copyFlushed(join(log, path), join(target, 'log', path));
      if (one) copied.push({ path: `files/log/${path}`, ...one });
    };
    await copy('checkpoint');
    await severalAtOnce(paths, copy);
    const reader = await openFolderReader(join(target, 'log'));
    const { size, root } = parseCheckpoint((await reader.readCheckpoint())!);
    const derived = await rootFromTiles(reader, size).catch(() => null);
    if (derived?.equals(root)) return copied;
  }
  throw new BackupError('Sổ nhật ký thay đổi nhanh hơn việc sao chép; hãy chạy lại lúc vắng hơn.');
}

/** Everything else of the data folder. A blob that came after the database was copied belongs to no row of the copy. */
async function copyOthers(dataDir: string, target: string, untilMs: number): Promise<CopiedFile[]> {
  const copied: CopiedFile[] = [];
  const paths: string[] = [];
  for await (const path of filesBelow(dataDir))
    if (!/^(postgres|log)\//.test(path) && !/(^|\/)\.tmp\//.test(path)) paths.push(path);
  await severalAtOnce(paths, async (path) => {
    const from = join(dataDir, path);
    if (path.startsWith('blobs/')) {
      const age = await stat(from).catch(() => null);
      if (!age || age.mtimeMs > untilMs) return;
    }
    const one = await copyFlushed(from, join(target, path));
    if (one) copied.push({ path: `files/${path}`, ...one });
  });
  return copied;
}

async function writeManifest(folder: string, content: Manifest): Promise<void> {
  const file = await open(join(folder, `${manifestName}.tmp`), 'wx', 0o600);
  await file.writeFile(`${JSON.stringify(content, null, 1)}\n`);
  await file.datasync();
  await file.close();
  await rename(join(folder, `${manifestName}.tmp`), join(folder, manifestName));
  const names = await open(folder, 'r');
  await names.sync();
  await names.close();
}

/**
 * Copies a running installation: log, then database, then files, so that whatever a row of the copy names is in it.
 * @param folder must not exist, or be empty; it will hold keys and must be guarded as the data folder is
 * @returns what was copied; the manifest is written last, so that a copy broken off is never taken for whole
 * @throws BackupError
 */
async function backUp(config: Config, folder: string): Promise<Manifest> {
  if (config.databaseUrl !== undefined)
    throw new BackupError(
      'Cơ sở dữ liệu nằm ở máy chủ khác (DATABASE_URL): sao lưu bằng pg_basebackup của máy ấy, rồi chép thư mục dữ liệu (docs/operate/backup.md).',
    );
  if (existsSync(folder) && (await readdir(folder)).length > 0)
    throw new BackupError(`${folder} không trống; hãy chọn một thư mục mới cho bản sao lưu này.`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const startedAt = vietnamIso(new Date());
  const log = await copyLog(config.dataDir, join(folder, 'files'));
  const server = await startEmbeddedPostgres({ dataDir: config.dataDir, binDir: config.postgresBin });
  let database: readonly CopiedFile[];
  try {
    database = await copyRunningCluster(server.url, join(folder, 'database'));
  } finally {
    await server.stop();
  }
  const ended = new Date();
  const others = await copyOthers(config.dataDir, join(folder, 'files'), ended.getTime());
  const content: Manifest = {
    format: 'phigiay-backup/1',
    startedAt,
    endedAt: vietnamIso(ended),
    files: [...database.map((one) => ({ ...one, path: `database/${one.path}` })), ...log, ...others],
  };
  await writeManifest(folder, content);
  return content;
}

async function readManifest(folder: string): Promise<Manifest> {
  const text = await readFile(join(folder, manifestName), 'utf8').catch(() => null);
  if (text === null)
    throw new BackupError(
      `${folder} không có ${manifestName}: không phải bản sao lưu, hoặc sao lưu dở dang.`,
    );
  try {
    const read = manifest.parse(JSON.parse(text));
    if (read.files.some(({ path }) => path.split('/').includes('..'))) throw new Error('path');
    return read;
  } catch {
    throw new BackupError(`${manifestName} của bản sao lưu bị hỏng; hãy dùng bản sao lưu khác.`);
  }
}

/** Every file of the copy hashed again. @throws BackupError that names the first that is gone or was changed */
async function checkCopy(folder: string, { files }: Manifest): Promise<void> {
  for (const { path, sha256 } of files) {
    const hash = createHash('sha256');
    try {
      await pipeline(createReadStream(join(folder, path)), hash);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new BackupError(`Bản sao lưu thiếu ${path}; hãy dùng bản sao lưu khác.`);
    }
    if (hash.digest('hex') !== sha256)
      throw new BackupError(`${path} trong bản sao lưu đã bị thay đổi; hãy dùng bản sao lưu khác.`);
  }
}

/**
 * Puts a copy into a data folder that has nothing yet. Nothing is written before every file of it has been hashed.
 * @throws BackupError, PostgresError
 */
export async function restore(config: Config, folder: string): Promise<Manifest> {
  if (config.databaseUrl !== undefined)
    throw new BackupError('Bỏ DATABASE_URL: bản sao lưu này mang theo cơ sở dữ liệu của nó.');
  if (existsSync(config.dataDir) && (await readdir(config.dataDir)).length > 0)
    throw new BackupError(`${config.dataDir} không trống; hãy phục hồi vào thư mục mới (--data).`);
  const content = await readManifest(folder);
  await checkCopy(folder, content);
  await mkdir(config.dataDir, { recursive: true, mode: 0o755 });
  const put = async (kind: string, to: string): Promise<void> => {
    const paths = content.files.flatMap(({ path }) => (path.startsWith(kind) ? [path] : []));
    await severalAtOnce(paths, async (path) => {
      await copyFlushed(join(folder, path), join(to, path.slice(kind.length)));
    });
  };
  await put('files/', config.dataDir);
  await adoptCluster({ dataDir: config.dataDir, binDir: config.postgresBin }, async (cluster) => {
    await put('database/', cluster);
    // Folders that were empty stand in no list, and a cluster does not start without them.
    for (const name of await foldersBelow(join(folder, 'database')))
      await mkdir(join(cluster, name), { recursive: true, mode: 0o700 });
  });
  return content;
}

async function foldersBelow(folder: string): Promise<readonly string[]> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true });
  return all
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

const megabytes = ({ files }: Manifest): string =>
  `${files.length} tệp, ${Math.ceil(files.reduce((sum, { size }) => sum + size, 0) / 1_048_576)} MB`;

/**
 * `phigiay backup FOLDER`, `phigiay restore FOLDER`. A restore ends with the whole check (`fsck`), which also asks the
 * witnesses: a copy that is older than what they have seen is named as such.
 * @param check runs `fsck` on the restored data. @returns 0 done, 1 not possible or not sound, 2 wrong call
 */
export async function backupCommand(
  name: 'backup' | 'restore',
  args: readonly string[],
  config: Config,
  check: () => Promise<number>,
): Promise<number> {
  const [given, ...more] = args;
  if (given === undefined || more.length > 0) {
    console.error(usage);
    return 2;
  }
  const folder = resolve(given);
  try {
    if (name === 'backup') {
      const made = await backUp(config, folder);
      console.log(`Đã sao lưu vào ${folder}: ${megabytes(made)}, trạng thái lúc ${made.endedAt}.`);
      console.log('Bản này có khóa bí mật: giữ như giữ thư mục dữ liệu. Phục hồi: phigiay restore.');
      return 0;
    }
    const used = await restore(config, folder);
    console.log(`Đã phục hồi vào ${config.dataDir}: ${megabytes(used)}, trạng thái lúc ${used.endedAt}.`);
    console.log('Văn bản nhận sau lúc ấy không có trong bản này. Đang kiểm tra toàn bộ…\n');
    return await check();
  } catch (error) {
    if (!(error instanceof BackupError) && (error as Error).name !== 'PostgresError') throw error;
    console.error((error as Error).message);
    return 1;
  }
}

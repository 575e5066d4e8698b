import { join } from 'node:path';
import { finding, vietnamIso, type Context, type Finding } from '#kernel';
import {
  decodeBundle,
  decodeEntry,
  fsck,
  LedgerError,
  openCheckpoint,
  openFolderReader,
  parseTilePath,
  rootFromTiles,
  tilePath,
  tileWidth,
  type FsckFinding,
  type LogStorage,
  type NoteSigner,
} from '#ledger';
import { allEntries } from './checkStore.ts';
import { askCosignature, configuredWitnesses, LogRefused, shownCheckpoint } from './witnesses.ts';

/** What the whole check of an axis stands on. */
export interface LogCheck {
  readonly ctx: Context;
  readonly logSigner: NoteSigner;
  /** Entries that the database had given out when the check began. */
  readonly nextIndex: number;
}

const kinds = { damaged: 'changed', missing: 'missing', extra: 'extra', ahead: 'note' } as const;
const problems: Readonly<Record<FsckFinding['problem'], string>> = {
  damaged: 'không dẫn về gốc mà sổ đã ký',
  missing: 'điểm chốt cần tệp này nhưng không còn',
  extra: 'không phải tệp của sổ nhật ký',
  ahead: 'ghi trước điểm chốt, như sau khi mất điện; không cần sửa',
};

/** The minute that a log entry names, for a reader. */
export function minuteOf(entry: Uint8Array | null): string | null {
  if (entry === null) return null;
  try {
    return vietnamIso(new Date(decodeEntry(entry).time));
  } catch (error) {
    if (error instanceof LedgerError) return null;
    throw error;
  }
}

const objectOf = (path: string): string =>
  path === 'checkpoint' ? 'điểm chốt của sổ nhật ký' : `tệp sổ nhật ký ${path}`;

/**
 * Checks the published log: the root derived again from bundles and tiles against the checkpoint, each entry against
 * its row in the database, and the checkpoint against those that the witnesses hold (R4, R5; S8.7).
 */
export async function* checkLog(check: LogCheck): AsyncGenerator<Finding> {
  const { ctx, logSigner } = check;
  const storage = await openFolderReader(join(ctx.config.dataDir, 'log'));
  const report = await fsck(storage, [logSigner]);
  const lastGood = `điểm chốt cỡ ${report.size}`;
  for (const { path, problem } of report.findings)
    yield finding(kinds[problem], objectOf(path), problems[problem], problem === 'ahead' ? null : lastGood);
  const damaged = new Set(
    report.findings.flatMap(({ path, problem }) =>
      problem !== 'ahead' && path.startsWith('tile/entries/') ? [parseTilePath(path).index] : [],
    ),
  );
  yield* compareRows(check, storage, report.size, damaged);
  yield* compareWitnesses(check, storage, report.size);
}

/** The rows of the database against the entries of the log, in order and without gaps. */
async function* compareRows(
  check: LogCheck,
  storage: LogStorage,
  size: number,
  damaged: ReadonlySet<number>,
): AsyncGenerator<Finding> {
  const { ctx, nextIndex } = check;
  if (size > nextIndex) {
    yield finding(
      'missing',
      `các dòng ${nextIndex} đến ${size - 1} trong cơ sở dữ liệu của trục`,
      `sổ nhật ký đã công bố ${size} dòng mà cơ sở dữ liệu chỉ có ${nextIndex}: cơ sở dữ liệu bị đưa về bản cũ`,
      `điểm chốt cỡ ${size}`,
    );
  }
  const entryAt = bundleReader(storage, size, damaged);
  let expected = 0;
  const gap = async function* (until: number): AsyncGenerator<Finding> {
    for (; expected < until; expected += 1) {
      const published = await entryAt(expected);
      yield finding(
        'missing',
        `dòng ${expected} của sổ nhật ký trong cơ sở dữ liệu`,
        'dòng đã cấp số nhưng không còn trong bảng',
        minuteOf(published ?? null),
      );
    }
  };
  for await (const row of allEntries(ctx, nextIndex)) {
    yield* gap(row.index);
    expected = row.index + 1;
    const published = await entryAt(row.index);
    if (published === undefined || row.entry.equals(published)) continue;
    yield finding(
      'changed',
      `dòng ${row.index} của sổ nhật ký trong cơ sở dữ liệu`,
      'khác với dòng đã công bố trong sổ',
      `${minuteOf(published) ?? ''} (điểm chốt cỡ ${size})`.trim(),
    );
  }
  yield* gap(nextIndex);
}

/** Reads published entries, each bundle once; undefined beyond the checkpoint and in bundles that are damaged. */
function bundleReader(
  storage: LogStorage,
  size: number,
  damaged: ReadonlySet<number>,
): (index: number) => Promise<Buffer | undefined> {
  let at = -1;
  let held: readonly Buffer[] = [];
  return async (index) => {
    const bundle = Math.floor(index / tileWidth);
    if (index >= size || damaged.has(bundle)) return undefined;
    if (bundle !== at) {
      const width = Math.min(tileWidth, size - bundle * tileWidth);
      const exact = await storage.readTile(tilePath('entries', bundle, width));
      const full = exact ? undefined : await storage.readTile(tilePath('entries', bundle));
      const bytes = exact ?? full;
      held = bytes ? decodeBundle(bytes, exact ? width : tileWidth, tilePath('entries', bundle)) : [];
      at = bundle;
    }
    return held[index % tileWidth];
  };
}

/** Our checkpoint against what each witness has cosigned: an old copy of everything is found here only. */
async function* compareWitnesses(
  { ctx, logSigner }: LogCheck,
  storage: LogStorage,
  size: number,
): AsyncGenerator<Finding> {
  for (const witness of configuredWitnesses(ctx)) {
    const { name } = witness.verifier;
    try {
      const shown = await shownCheckpoint(witness, logSigner);
      if (shown) {
        const time = new Date((shown.cosignatures[0]?.time ?? 0) * 1_000);
        const known = `bên chứng kiến ${name} ký cỡ ${shown.size} lúc ${vietnamIso(time)}`;
        if (shown.size > size) {
          yield finding(
            'swapped',
            'sổ nhật ký của trục',
            `chỉ có ${size} dòng, ít hơn ${shown.size} dòng đã được chứng kiến: bản cũ bị đưa ra thay bản mới`,
            known,
          );
        } else if (!(await rootFromTiles(storage, shown.size)).equals(shown.root)) {
          yield finding('swapped', 'sổ nhật ký của trục', 'không chứa những gì đã được chứng kiến', known);
        } else yield finding('note', `bên chứng kiến ${name}`, `khớp tới dòng ${shown.size}`, known);
        continue;
      }
      // A witness that shows nothing still says whether it can cosign what we have published.
      const checkpoint = await storage.readCheckpoint();
      if (checkpoint === undefined) continue;
      openCheckpoint(checkpoint, [logSigner]);
      await askCosignature(witness, storage, checkpoint, size);
      yield finding('note', `bên chứng kiến ${name}`, `nhận điểm chốt cỡ ${size}`);
    } catch (error) {
      if (error instanceof LogRefused)
        yield finding('swapped', 'sổ nhật ký của trục', `bên chứng kiến ${name} từ chối: ${error.message}`);
      else if (error instanceof LedgerError)
        yield finding('changed', `điểm chốt ở bên chứng kiến ${name}`, `không kiểm được: ${error.code}`);
      else yield finding('note', `bên chứng kiến ${name}`, 'chưa hỏi được, phần này chưa kiểm');
    }
  }
}

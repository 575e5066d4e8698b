import { join } from 'node:path';
import { startPoller, storageError, type Context, type Poller, type Tx } from '#kernel';
import {
  buildReceiptProof,
  integrateBatch,
  openFileStore,
  openFolderReader,
  openLog,
  serializeReceiptProof,
  type FileStore,
  type LogStorage,
} from '#ledger';
import { stated, type Notary } from './notary.ts';
import { codesOf } from './batch.ts';
import { entriesFrom, takeLogTurn, type EnvelopeRow } from './store.ts';
import { createCosigners } from './witnesses.ts';

const mostEntries = 4_096;
/** How long a new entry waits at most for others to share its tiles and its checkpoint with. */
const gatherMs = 700;

/** Carries accepted entries, in the order of their index, from the database into the published log. */
export interface LogWriter {
  readonly storage: LogStorage;
  /** Integrates what is waiting. @returns true when there may be more */
  round(): Promise<boolean>;
  /** The log has new entries. */
  wake(): void;
  poller(): Poller;
  /** The proof file of an envelope's receipt; null until the log has it. */
  proofOf(row: EnvelopeRow): Promise<string | null>;
  /** Waits for the round under way. */
  close(): Promise<void>;
}

/**
 * Opens the log in `<data>/log`. The database is the record: whatever the log lacks is written again from it. Several
 * processes may share the folder: each round one of them takes the turn, opens the folder, and leaves everything in
 * its place, so that nothing of the log lives in a process that may be killed.
 */
export async function openLogWriter(ctx: Context, notary: Notary): Promise<LogWriter> {
  const folder = join(ctx.config.dataDir, 'log');
  const storage = await openFolderReader(folder);
  /** How far the published log is known to reach. */
  let known: number | null = null;
  let running: Poller | null = null;
  let wakeTimer: NodeJS.Timeout | null = null;
  const cosigners = createCosigners(ctx);
  const size = ctx.metrics.gauge('phigiay_log_size', 'Entries in the published log');

  async function round(): Promise<boolean> {
    const from = known ?? 0;
    const waiting = await ctx.db.transaction(null, (tx) => entriesFrom(tx, from, 1));
    if (known !== null && waiting.length === 0) return false;
    try {
      return await ctx.db.transaction(null, turn);
    } catch (error) {
      throw storageError(error);
    }
  }

  /** The turn ends with the transaction, also when this process or the database dies under it. */
  async function turn(tx: Tx): Promise<boolean> {
    if (!(await takeLogTurn(tx))) return false;
    const store = await openFileStore(folder);
    try {
      return await integrate(tx, store);
    } finally {
      await store.close();
    }
  }

  async function integrate(tx: Tx, store: FileStore): Promise<boolean> {
    const current = await openLog(store, notary.checkpointSigner);
    known = current.tree.size;
    const rows = await entriesFrom(tx, current.tree.size, mostEntries);
    if (rows.length === 0) return false;
    for (const [at, row] of rows.entries()) {
      if (row.index !== current.tree.size + at)
        throw new Error(`log entry ${current.tree.size + at} is missing`);
    }
    const integrated = await integrateBatch(
      store,
      current.tree,
      rows.map((row) => row.entry),
      notary.checkpointSigner,
      cosigners === null
        ? undefined
        : (checkpoint, previousSize) => cosigners.collect(store, checkpoint, previousSize),
    );
    known = integrated.size;
    size.set(integrated.size);
    return rows.length === mostEntries;
  }

  let chain: Promise<unknown> = Promise.resolve();
  /** One round at a time: a log has one writer. */
  const oneRound = (): Promise<boolean> => {
    const next = chain.then(round);
    chain = next.catch(() => undefined);
    return next;
  };

  return {
    storage,
    round: oneRound,
    wake() {
      if (!running || wakeTimer) return;
      wakeTimer = setTimeout(() => {
        wakeTimer = null;
        running?.wake();
      }, gatherMs);
      wakeTimer.unref();
    },
    poller() {
      running = startPoller({ name: 'axis.log', intervalMs: 1_000, log: ctx.log, round: oneRound });
      return running;
    },
    async proofOf(row) {
      const published = await openLog(storage, notary.checkpointSigner);
      if (published.checkpoint === undefined || row.logIndex >= published.tree.size) return null;
      const [leaf] = await ctx.db.transaction(null, (tx) => entriesFrom(tx, row.logIndex, 1));
      if (leaf?.index !== row.logIndex) throw new Error(`log entry ${row.logIndex} is missing`);
      return serializeReceiptProof(
        await buildReceiptProof(storage, {
          receipt: row.receipt,
          recipients: codesOf(row.recipients).map(stated),
          entry: leaf.entry,
          receiptKey: notary.receiptKey,
          checkpoint: published.checkpoint,
          logKey: notary.published.logKey,
          witnessKeys: cosigners?.vkeys ?? [],
        }),
      );
    },
    async close() {
      await chain;
    },
  };
}

import { join } from 'node:path';
import { startPoller, storageError, type Context, type Poller } from '#kernel';
import {
  buildReceiptProof,
  integrateBatch,
  openFileStore,
  openLog,
  serializeReceiptProof,
  type LogStorage,
  type OpenedLog,
} from '#ledger';
import { stated, type Notary } from './notary.ts';
import { codesOf } from './batch.ts';
import { entriesFrom, type EnvelopeRow } from './store.ts';
import { createCosigners } from './witnesses.ts';

const mostEntries = 4_096;
/** How long a new entry waits at most for others to share its tiles and its checkpoint with. */
const gatherMs = 400;

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
  /** Lets go of the folder, all of it in its place. */
  close(): Promise<void>;
}

/** Opens the log in `<data>/log`. The database is the record: whatever the log lacks is written again from it. */
export async function openLogWriter(ctx: Context, notary: Notary): Promise<LogWriter> {
  const storage = await openFileStore(join(ctx.config.dataDir, 'log'));
  let log: OpenedLog | null = null;
  let running: Poller | null = null;
  let wakeTimer: NodeJS.Timeout | null = null;
  const cosigners = createCosigners(ctx);
  const size = ctx.metrics.gauge('phigiay_log_size', 'Entries in the published log');

  async function round(): Promise<boolean> {
    const current = (log ??= await openLog(storage, notary.checkpointSigner));
    const rows = await ctx.db.transaction(null, (tx) => entriesFrom(tx, current.tree.size, mostEntries));
    if (rows.length === 0) return false;
    for (const [at, row] of rows.entries()) {
      if (row.index !== current.tree.size + at)
        throw new Error(`log entry ${current.tree.size + at} is missing`);
    }
    try {
      log = await integrateBatch(
        storage,
        current.tree,
        rows.map((row) => row.entry),
        notary.checkpointSigner,
        cosigners === null
          ? undefined
          : (checkpoint, previousSize) => cosigners.collect(storage, checkpoint, previousSize),
      );
    } catch (error) {
      // What is on disk is not known: the next round reads it again.
      log = null;
      throw storageError(error);
    }
    size.set(log.tree.size);
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
      const published = log ?? (await openLog(storage, notary.checkpointSigner));
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
      await storage.close();
    },
  };
}

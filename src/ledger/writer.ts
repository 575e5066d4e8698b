import { appendBatch, emptyTree, openTree, type TreeEdge } from './append.ts';
import { openCheckpoint, signCheckpoint } from './checkpoint.ts';
import type { NoteSigner } from './note.ts';
import type { LogStorage } from './tiles.ts';

/** A log as its only writer sees it. */
export interface OpenedLog {
  readonly tree: TreeEdge;
  /** The published checkpoint; without one the log has not begun. */
  readonly checkpoint: string | undefined;
}

/** A batch that was integrated and published. */
export interface IntegratedBatch extends OpenedLog {
  readonly checkpoint: string;
  readonly firstIndex: number;
  readonly size: number;
  readonly root: Buffer;
}

/**
 * Opens a log where its checkpoint stands: verifies the checkpoint with the log's own key and the edge of the
 * tree with the checkpoint. The next entry to integrate is row `tree.size` of the database.
 * @throws LedgerError note-malformed, signature-invalid, signature-unknown, tile-missing, tile-damaged, root-mismatch
 */
export async function openLog(storage: LogStorage, signer: NoteSigner): Promise<OpenedLog> {
  const checkpoint = await storage.readCheckpoint();
  if (checkpoint === undefined) return { tree: emptyTree, checkpoint };
  const { size, root } = openCheckpoint(checkpoint, [signer]);
  return { tree: await openTree(storage, size, root), checkpoint };
}

/**
 * Integrates a batch of entries in the order of their index and publishes the new checkpoint: tiles first,
 * checkpoint last. When it fails, nothing is lost: open the log again and run the entries from `tree.size`.
 * @param witness asks witnesses for cosignatures before publication and gives back the checkpoint with them
 */
export async function integrateBatch(
  storage: LogStorage,
  tree: TreeEdge,
  entries: readonly Uint8Array[],
  signer: NoteSigner,
  witness?: (checkpoint: string, previousSize: number) => Promise<string>,
): Promise<IntegratedBatch> {
  const batch = appendBatch(tree, entries);
  const { firstIndex, size, root, tilesToWrite } = batch;
  const signed = signCheckpoint({ origin: signer.name, size, root }, signer);
  let checkpoint = signed;
  if (witness) {
    await storage.writeTiles(tilesToWrite);
    checkpoint = await witness(signed, tree.size);
    await storage.writeCheckpoint(checkpoint);
  } else await storage.publish(tilesToWrite, checkpoint);
  return { tree: batch.tree, checkpoint, firstIndex, size, root };
}

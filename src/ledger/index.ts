export { LedgerError, type LedgerErrorCode } from './errors.ts';
export {
  emptyRoot,
  hashLeaf,
  hashNode,
  rootFromInclusion,
  rootOfHashes,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts';
export {
  decodeBundle,
  encodeBundle,
  maximumEntryBytes,
  parseTilePath,
  tilePath,
  tilesOfTree,
  tileWidth,
  type LogStorage,
  type TileFile,
  type TileId,
  type TileLevel,
  type TileReader,
} from './tiles.ts';
export { consistencyProof, inclusionProof, rootFromTiles } from './proofs.ts';
export { appendBatch, emptyTree, openTree, type AppendedBatch, type TreeEdge } from './append.ts';
export { integrateBatch, openLog, type IntegratedBatch, type OpenedLog } from './writer.ts';
export { openFileStore, type FileStore } from './fileStore.ts';
export { openFolderReader } from './folderReader.ts';
export { createMemoryStore, type MemoryStore } from './memoryStore.ts';
export { fsck, type FsckFinding, type FsckReport } from './fsck.ts';
export {
  noteSigner,
  openNote,
  parseNote,
  parseVerifierKey,
  signatureLine,
  signNote,
  type NoteAlgorithm,
  type NoteSignature,
  type NoteSigner,
  type NoteVerifier,
  type ParsedNote,
} from './note.ts';
export {
  addCosignatures,
  formatCheckpointText,
  openCheckpoint,
  parseCheckpoint,
  signCheckpoint,
  type Checkpoint,
  type OpenedCheckpoint,
} from './checkpoint.ts';
export {
  cosignLine,
  decideCosign,
  formatAddCheckpoint,
  newWitnessedLog,
  parseAddCheckpoint,
  type AddCheckpoint,
  type WitnessDecision,
  type WitnessedLog,
  type WitnessState,
} from './witness.ts';
export { formatProof, parseProof, type ProofBundle } from './proofText.ts';
export {
  commit,
  decodeEntry,
  encodeEntry,
  entryKinds,
  newSalt,
  saltBytes,
  type EntryKind,
  type LogEntry,
} from './entry.ts';
export {
  bindRecipients,
  bindsRecipients,
  decodeReceipt,
  issueReceipt,
  publicJwk,
  receiptType,
  serializeClaims,
  signReceipt,
  verifyReceipt,
  type DecodedReceipt,
  type ReceiptClaims,
  type ReceiptFacts,
} from './receipt.ts';
export {
  buildReceiptProof,
  parseReceiptProof,
  serializeReceiptProof,
  type ReceiptProof,
} from './receiptProof.ts';
export {
  verifyReceiptProof,
  type ReceiptFinding,
  type ReceiptTrust,
  type ReceiptVerdict,
} from './receiptVerdict.ts';

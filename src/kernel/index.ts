export { BlobDamaged, fileBlobs, sha256Hex, type BlobHash, type Blobs } from './blobs.ts';
export { manualClock, systemClock, vietnamDate, vietnamIso, type Clock } from './clock.ts';
export { readConfig, type Config, type ConfigProblem } from './config.ts';
export {
  applicationRole,
  connectDatabase,
  databaseOn,
  violatedConstraint,
  type Database,
  type Tx,
} from './database.ts';
export { defineRefusals, refuse, Refusal, toProblem, type Problem, type RefusalText } from './errors.ts';
export {
  command,
  createHttp,
  guardAgainstForgery,
  memberOf,
  query,
  sendProblem,
  type Access,
} from './http.ts';
export { makeFolder, onStorageFailure, storageError, syncFile, syncFolder } from './files.ts';
export { isUuid, systemIds, type Branded, type Ids, type OrgId, type PersonId, type UnitId } from './ids.ts';
export { finding, type BlobUse, type Finding, type FindingKind } from './integrity.ts';
export { createLog, type Log } from './log.ts';
export { createMetrics, type Metrics } from './metrics.ts';
export {
  migrate,
  migrationsFingerprint,
  MigrationError,
  pendingMigrations,
  type Migrations,
} from './migrate.ts';
export { createEvents, type Context, type EventHandler, type Events, type Module } from './module.ts';
export { startPoller, type Poller } from './poller.ts';
export {
  inspectDataDir,
  PostgresError,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  adoptCluster,
} from './postgres.ts';
export { copyFlushed, copyRunningCluster, severalAtOnce, type CopiedFile } from './baseBackup.ts';
export { foldText } from './text.ts';
export {
  commandOnce,
  readStream,
  systemActor,
  unitOfWork,
  type Actor,
  type NewEvent,
  type RecordedEvent,
  type Unit,
} from './unit.ts';

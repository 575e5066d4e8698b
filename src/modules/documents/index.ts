import { registerHostedImpact } from '#directory';
import { openDocuments } from './impactStore.ts';
import { startPoller, type Module } from '#kernel';
import { onPackageArrived } from './arrive.ts';
import { batchRound, onBatchWork } from './batch.ts';
import { onAccepted } from './issue.ts';
import { onStatusOfOutgoing } from './recall.ts';
import { onRecallStatus } from './recallIncoming.ts';
import { documentRoutes } from './routes.ts';
import { signOutgoingOnDevice } from './signOnDevice.ts';

export { checkIntegrity, checkRegisters } from './check.ts';
export { blobsInUse } from './checkFiles.ts';
export { closeIncoming } from './close.ts';
export {
  directIncoming,
  documentLines,
  grantIncoming,
  handBackIncoming,
  holdIncoming,
  incomingById,
  readableDocument,
  startWorkOnIncoming,
  type DocumentLine,
} from './face.ts';
export type { Holder } from './contract.ts';
export { documentEventTypes } from './eventTypes.ts';
export { addRegister } from './numberStore.ts';
export { rebuild as rebuildDocuments } from './replay.ts';
export { auditRefusedAccess } from './routes.ts';
export { saveOfficeSetting } from './store.ts';

/** Registers of incoming and outgoing documents: drafting, review, signing, numbering, issue, receipt. */
export const documentsModule: Module = {
  name: 'documents',
  migrations: { schema: 'documents', folder: new URL('./migrations/', import.meta.url) },
  subscribe(ctx) {
    signOutgoingOnDevice(ctx);
    registerHostedImpact(ctx, {
      kind: 'documents.open',
      vi: 'Văn bản, hồ sơ đang mở',
      en: 'Open documents',
      work: true,
      list: openDocuments,
    });
    ctx.events.on('exchange.package-arrived', onPackageArrived);
    ctx.events.on('exchange.accepted', onAccepted);
    ctx.events.on('exchange.status-arrived', onStatusOfOutgoing);
    ctx.events.on('exchange.status-arrived', onRecallStatus);
  },
  routes: documentRoutes,
  pollers: (ctx) => {
    const batches = startPoller({
      name: 'documents.signing-batch',
      intervalMs: 1_000,
      log: ctx.log,
      round: () => batchRound(ctx),
    });
    onBatchWork(ctx, () => batches.wake());
    return [batches];
  },
};

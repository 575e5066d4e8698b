import { startPoller, type Module } from '#kernel';
import { effectRound } from './handover.ts';
import { directoryRoutes } from './routes.ts';

export { addOrganisations, changeOrganisation, endOrganisation } from './changeStore.ts';
export { cancelDecision, checkDecision, prepareDecision, reviseDecision, signDecision } from './decide.ts';
export { allSuccessions, type StoredSuccession } from './decisionStore.ts';
export {
  applyEdition,
  bodyDigest,
  directoryRoot,
  editionBodies,
  editionHash,
  emptyCopy,
  readEdition,
  signEdition,
  type Copy,
  type Edition,
} from './edition.ts';
export { readDecisionFile, type DecisionOfFile } from './decisionFile.ts';
export { effectRound } from './handover.ts';
export { registerHostedImpact, registerImpact, type ImpactProvider, type OpenItem } from './impact.ts';
export { answersFor, heirsOf, resolveForDelivery, type Forwarded } from './successors.ts';
export { allTimelines, directoryRevision } from './versionStore.ts';
export {
  allOrganisations,
  findByCode,
  hostedOrganisations,
  lastKnown,
  organisationAsKnown,
  organisationById,
  organisationsById,
  resolveRecipients,
  searchOrganisations,
  setHosted,
  unitNames,
} from './store.ts';
export { addPost, addUnit, appoint, appointmentAt, appointmentsAt, postsOf, unitsOf } from './unitStore.ts';
export type {
  Appointment,
  DirectoryUnit,
  Level,
  NewOrganisation,
  Organisation,
  Post,
  PostId,
} from './types.ts';

/** Organisations and their codes over time, units, posts, appointments. */
export const directoryModule: Module = {
  name: 'directory',
  migrations: { schema: 'directory', folder: new URL('./migrations/', import.meta.url) },
  routes: directoryRoutes,
  pollers: (ctx) => [
    startPoller({
      name: 'directory decisions',
      intervalMs: 5_000,
      log: ctx.log,
      round: async () => (await effectRound(ctx)) > 0,
    }),
  ],
};

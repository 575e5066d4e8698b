import type { Module } from '#kernel';
import { directoryRoutes } from './routes.ts';

export { addOrganisations, changeOrganisation, endOrganisation } from './changeStore.ts';
export {
  allOrganisations,
  findByCode,
  hostedOrganisations,
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
};

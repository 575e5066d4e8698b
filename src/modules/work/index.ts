import { documentEventTypes } from '#documents';
import type { Module } from '#kernel';
import { onDocumentClosed, onRecallAnswered } from './assignments.ts';
import { onDocumentEvent } from './custody.ts';
import { workRoutes } from './routes.ts';

export { rebuild as rebuildWork } from './replay.ts';

/** Directions (bút phê), assignments, who holds what since when, deadlines in working time. */
export const workModule: Module = {
  name: 'work',
  migrations: { schema: 'work', folder: new URL('./migrations/', import.meta.url) },
  subscribe(ctx) {
    for (const type of documentEventTypes) ctx.events.on(type, onDocumentEvent);
    ctx.events.on('documents.closed', onDocumentClosed);
    ctx.events.on('documents.recall-answered', onRecallAnswered);
  },
  routes: workRoutes,
};

import type { FastifyInstance } from 'fastify';
import type { Blobs } from './blobs.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { Database } from './database.ts';
import type { Ids } from './ids.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Migrations } from './migrate.ts';
import type { Poller } from './poller.ts';
import type { RecordedEvent, Unit } from './unit.ts';

export type EventHandler = (unit: Unit, event: RecordedEvent) => Promise<void>;

/** Who listens to what happens: handlers run in the transaction of the event. */
export interface Events {
  on(type: string, handler: EventHandler): void;
  handlersOf(type: string): readonly EventHandler[];
}

export function createEvents(): Events {
  const handlers = new Map<string, EventHandler[]>();
  return {
    on: (type, handler) => void handlers.set(type, [...(handlers.get(type) ?? []), handler]),
    handlersOf: (type) => handlers.get(type) ?? [],
  };
}

/** What the kernel hands to every room. */
export interface Context {
  readonly config: Config;
  readonly db: Database;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly events: Events;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** A room: a folder with a public face and a database schema of its own. */
export interface Module {
  /** Its name, and that of its schema. */
  readonly name: string;
  readonly migrations?: Migrations;
  /** Subscribes to events of other rooms; runs in every process before requests. */
  subscribe?(ctx: Context): void;
  /** Loads what the room needs before requests are served (keys, caches); runs once, in the role's order. */
  prepare?(ctx: Context): Promise<void>;
  /** Registers its HTTP routes. */
  routes?(app: FastifyInstance, ctx: Context): Promise<void> | void;
  /** Starts its background work. */
  pollers?(ctx: Context): readonly Poller[];
}

import type { OrgId } from '#kernel';
import type { Level } from './types.ts';

/** One body's name, codes and place over a stretch of valid time, as we know it today. */
export interface Version {
  /** Null until it is written. */
  readonly id: string | null;
  readonly organisationId: OrgId;
  readonly name: string;
  readonly code: string;
  readonly code102: string;
  readonly parentId: OrgId | null;
  readonly level: Level;
  /** Days, `to` is the first day on which it holds no more. */
  readonly from: string;
  readonly to: string | null;
}

export type Wish = Partial<Pick<Version, 'name' | 'code' | 'code102' | 'parentId' | 'level'>>;
const fields = ['name', 'code', 'code102', 'parentId', 'level'] as const;

/** Versions of one body in the order of their days, without gaps from its beginning to its end. */
export type Timeline = readonly Version[];

export const holdsOn = (version: Pick<Version, 'from' | 'to'>, day: string): boolean =>
  version.from <= day && (version.to === null || version.to > day);

export const versionOn = (timeline: Timeline, day: string): Version | undefined =>
  timeline.find((version) => holdsOn(version, day));

/**
 * A body's timeline with a wish fulfilled from a day on. It carries on through later versions up to the next decision
 * on the same matter: an older rename that becomes known late does not undo a younger one (S9.4).
 */
export function carry(timeline: Timeline, from: string, wish: Wish): Timeline {
  const before = versionOn(timeline, from);
  if (!before) return timeline;
  const open = new Set(fields.filter((field) => wish[field] !== undefined));
  const result: Version[] = [];
  for (const version of timeline) {
    if (version.to !== null && version.to <= from) {
      result.push(version);
      continue;
    }
    for (const field of open) if (version[field] !== before[field]) open.delete(field);
    const carried = Object.fromEntries([...open].map((field) => [field, wish[field]]));
    const changes = [...open].some((field) => version[field] !== wish[field]);
    if (!changes) {
      result.push(version);
      continue;
    }
    if (version.from < from) result.push({ ...version, id: null, to: from });
    result.push({ ...version, ...carried, id: null, from: version.from < from ? from : version.from });
  }
  return result;
}

/** A body's timeline that ends on a day: nothing holds from then on. */
export function cut(timeline: Timeline, on: string): Timeline {
  return timeline
    .filter((version) => version.from < on)
    .map((version) => (version.to === null || version.to > on ? { ...version, id: null, to: on } : version));
}

/** What must be superseded and what written to get from one timeline to the other. */
export function changesBetween(
  before: Timeline,
  after: Timeline,
): { readonly gone: readonly Version[]; readonly written: readonly Version[] } {
  const kept = new Set(after.map((version) => version.id));
  return {
    gone: before.filter((version) => !kept.has(version.id)),
    written: after.filter((version) => version.id === null),
  };
}

import type { OrgId } from '#kernel';
import { versionOn, type Timeline, type Version } from './timeline.ts';

/** A law that a state of the directory breaks, and the body at which it does. */
export interface Breach {
  readonly law: 'dead-parent' | 'circle' | 'code-twice' | 'overlap';
  readonly day: string;
  readonly body: Version;
  /** The other body that has the code. */
  readonly other?: Version;
}

const codesOf = (version: Version): readonly string[] =>
  version.code === version.code102 ? [version.code] : [version.code, version.code102];

/**
 * The laws of one day: every body stands under a living one or under none, nobody stands under themselves, and each
 * code names one body (row 9 §4).
 */
export function breachesOn(timelines: ReadonlyMap<OrgId, Timeline>, day: string): readonly Breach[] {
  const living = new Map<OrgId, Version>();
  for (const [id, timeline] of timelines) {
    const version = versionOn(timeline, day);
    if (version) living.set(id, version);
  }
  const breaches: Breach[] = [];
  const owners = new Map<string, Version>();
  for (const body of living.values()) {
    if (body.parentId !== null && !living.has(body.parentId))
      breaches.push({ law: 'dead-parent', day, body });
    for (const code of codesOf(body)) {
      const other = owners.get(code);
      if (other) breaches.push({ law: 'code-twice', day, body, other });
      else owners.set(code, body);
    }
  }
  breaches.push(...circlesIn(living, day));
  return breaches;
}

function circlesIn(living: ReadonlyMap<OrgId, Version>, day: string): Breach[] {
  const sound = new Set<OrgId>();
  const breaches: Breach[] = [];
  for (const body of living.values()) {
    const path = new Set<OrgId>();
    let at: Version | undefined = body;
    while (at && !sound.has(at.organisationId)) {
      if (path.has(at.organisationId)) {
        breaches.push({ law: 'circle', day, body: at });
        break;
      }
      path.add(at.organisationId);
      at = at.parentId === null ? undefined : living.get(at.parentId);
    }
    for (const id of path) sound.add(id);
  }
  return breaches;
}

/** Days on or after `from` on which something begins or ends: between them nothing changes. */
export function turningDays(timelines: ReadonlyMap<OrgId, Timeline>, from: string): readonly string[] {
  const days = new Set([from]);
  for (const timeline of timelines.values()) {
    for (const version of timeline) {
      if (version.from > from) days.add(version.from);
      if (version.to !== null && version.to > from) days.add(version.to);
    }
  }
  return [...days].sort();
}

/** All breaches from a day on; the first day that has any is enough. */
export function firstBreaches(timelines: ReadonlyMap<OrgId, Timeline>, from: string): readonly Breach[] {
  for (const [id, timeline] of timelines) {
    for (let at = 1; at < timeline.length; at += 1) {
      const [before, body] = [timeline[at - 1]!, timeline[at]!];
      if (before.to === null || before.to > body.from)
        return [{ law: 'overlap', day: body.from, body: { ...body, organisationId: id } }];
    }
  }
  for (const day of turningDays(timelines, from)) {
    const breaches = breachesOn(timelines, day);
    if (breaches.length > 0) return breaches;
  }
  return [];
}

import { createHash } from 'node:crypto';
import type { OrgId } from '#kernel';
import type { OrganisationEvent } from './contractDecision.ts';
import type { Finding } from './findings.ts';
import { firstBreaches } from './laws.ts';
import { applyEvent, change, note, vietnamDay, type Succession, type Work } from './planEvents.ts';
import { changesBetween, versionOn, type Timeline, type Version } from './timeline.ts';

export type { Succession };

/** What the directory knows before a decision. */
export interface Before {
  /** All bodies with what is known of them today, ended ones included. */
  readonly timelines: ReadonlyMap<OrgId, Timeline>;
  /** Who has, or once had, each code that the events give out. */
  readonly owners: ReadonlyMap<string, OrgId>;
  /** Who answers for whom by the decisions so far. */
  readonly successions: readonly (Succession & { readonly effective: string })[];
  readonly effective: string;
  readonly newId: () => OrgId;
}

/** What a decision does, all of it, and what stands against it. */
export interface Plan {
  readonly gone: readonly Version[];
  readonly written: readonly Version[];
  readonly created: readonly OrgId[];
  readonly ended: readonly OrgId[];
  readonly successions: readonly Succession[];
  /** Bodies that live on after all: nobody answers for them from that day. */
  readonly restored: readonly OrgId[];
  readonly claims: readonly { readonly code: string; readonly owner: OrgId }[];
  readonly findings: readonly Finding[];
  /** Body by body, where they differ on the day. */
  readonly diff: readonly { readonly before: Version | null; readonly after: Version | null }[];
  /** Names the plan: the same directory and the same events give the same hash. */
  readonly hash: string;
}

/**
 * Works out what a decision does to the directory: pure, so that a dry run, the signing and ten thousand random
 * histories all go through it. Bodies under one that ends follow its heir, unless an event says otherwise.
 */
export function planDecision(before: Before, events: readonly OrganisationEvent[]): Plan {
  const { effective } = before;
  const work: Work = {
    effective,
    before: before.timelines,
    timelines: new Map(before.timelines),
    owners: new Map(before.owners),
    byCode: new Map(),
    laterRole: new Map(
      before.successions.flatMap((one) =>
        one.effective > effective
          ? [[one.from, one.effective] as const, [one.to, one.effective] as const]
          : [],
      ),
    ),
    claims: new Map(),
    newId: before.newId,
    created: [],
    ended: new Map(),
    touched: new Set(),
    moved: new Set(),
    successions: [],
    restored: new Set(),
    findings: [],
  };
  for (const [id, timeline] of before.timelines) {
    const version = versionOn(timeline, effective);
    if (version) work.byCode.set(version.code, id).set(version.code102, id);
  }
  for (const [index, event] of events.entries()) applyEvent(work, event, index);
  followHeirs(work);
  checkHeirs(work);
  return outcome(work, events);
}

/** The living body at the end of a chain of heirs; null when the chain ends before. */
function finalHeir(work: Work, heirs: ReadonlyMap<OrgId, OrgId>, from: OrgId): OrgId | null {
  let at = from;
  for (let steps = 0; work.ended.has(at); steps += 1) {
    const next = heirs.get(at);
    if (next === undefined || steps > heirs.size) return null;
    at = next;
  }
  return at;
}

/**
 * Whom a body stands under when its superior ends: the superior's heir; when it is the heir itself, whoever the
 * superior stood under. Undefined when nobody took the superior over.
 */
function superiorAfter(
  work: Work,
  heirs: ReadonlyMap<OrgId, OrgId>,
  id: OrgId,
  superior: OrgId,
): OrgId | null | undefined {
  let above: OrgId | null = superior;
  for (let steps = 0; above !== null && work.ended.has(above); steps += 1) {
    const heir = finalHeir(work, heirs, above);
    if (heir === null || steps > work.ended.size) return undefined;
    if (heir !== id) return heir;
    above = versionOn(work.before.get(above) ?? [], work.effective)?.parentId ?? null;
  }
  return above;
}

/** Bodies under one that ends stand under its heir; a mere keeper takes nobody over. */
function followHeirs(work: Work): void {
  const heirs = new Map(
    work.successions
      .filter(({ letters, kind }) => letters && kind !== 'keep')
      .map(({ from, to }) => [from, to] as const),
  );
  const orphans = new Map<OrgId, number>();
  for (const [id, timeline] of work.timelines) {
    const version = versionOn(timeline, work.effective);
    if (!version?.parentId || !work.ended.has(version.parentId)) continue;
    const superior = superiorAfter(work, heirs, id, version.parentId);
    if (superior === undefined) orphans.set(version.parentId, (orphans.get(version.parentId) ?? 0) + 1);
    else change(work, id, { parentId: superior });
  }
  for (const [id, count] of orphans) {
    const was = versionOn(work.before.get(id) ?? [], work.effective);
    note(work, 'orphans', work.ended.get(id) ?? null, {
      count,
      name: was?.name ?? '',
      code: was?.code ?? '',
    });
  }
}

/** Everybody who ends has an heir or a keeper, and those live. */
function checkHeirs(work: Work): void {
  const withHeir = new Set(work.successions.map(({ from }) => from));
  for (const [id, event] of work.ended) {
    if (withHeir.has(id)) continue;
    const was = versionOn(work.before.get(id) ?? [], work.effective);
    note(work, 'no-heir', event, { name: was?.name ?? '', code: was?.code ?? '' });
  }
  const letters = new Map(
    work.successions.filter((one) => one.letters).map(({ from, to }) => [from, to] as const),
  );
  for (const { to } of work.successions) {
    if (finalHeir(work, letters, to) !== null) continue;
    const was = versionOn(work.before.get(to) ?? [], work.effective);
    note(work, 'heir-ended', null, { name: was?.name ?? '', code: was?.code ?? '' });
  }
}

function checkLater(work: Work): void {
  for (const id of work.touched) {
    if (work.ended.has(id)) continue;
    const timeline = work.timelines.get(id) ?? [];
    const later = timeline.find((version) => version.from > work.effective);
    if (later)
      note(work, 'later-decision', null, {
        name: later.name,
        code: later.code,
        day: vietnamDay(later.from),
      });
  }
}

function checkLaws(work: Work): void {
  // A plan that is not closed already is said once: its laws would only repeat it.
  if (work.findings.some(({ severity }) => severity === 'error')) return;
  for (const breach of firstBreaches(work.timelines, work.effective).slice(0, 50)) {
    note(work, breach.law, null, {
      day: vietnamDay(breach.day),
      name: breach.body.name,
      code: breach.body.code,
      other: breach.other?.name ?? '',
    });
  }
}

function outcome(work: Work, events: readonly OrganisationEvent[]): Plan {
  const gone: Version[] = [];
  const written: Version[] = [];
  const diff: { before: Version | null; after: Version | null }[] = [];
  for (const id of work.touched) {
    const [was, is] = [work.before.get(id) ?? [], work.timelines.get(id) ?? []];
    const changes = changesBetween(was, is);
    gone.push(...changes.gone);
    written.push(...changes.written);
    const [before, after] = [versionOn(was, work.effective), versionOn(is, work.effective)];
    if (changes.gone.length + changes.written.length > 0)
      diff.push({ before: before ?? null, after: after ?? null });
  }
  const stopped = work.findings.some(({ severity }) => severity === 'error');
  if (gone.length + written.length === 0 && !stopped) note(work, 'nothing-changes', null);
  checkLater(work);
  checkLaws(work);
  const created = new Set(work.created);
  // New ids differ from one dry run to the next: a new body is named by its code.
  const named = (id: OrgId | null): string | null =>
    id !== null && created.has(id) ? (work.timelines.get(id)?.[0]?.code102 ?? null) : id;
  const row = (version: Version): unknown => [
    named(version.organisationId),
    version.name,
    version.code,
    version.code102,
    named(version.parentId),
    version.level,
    version.from,
    version.to,
  ];
  const hash = createHash('sha256')
    .update(
      JSON.stringify([
        work.effective,
        events,
        gone.map((version) => version.id),
        written.map(row),
        work.successions.map((one) => [named(one.from), named(one.to), one.kind, one.fields, one.letters]),
      ]),
    )
    .digest('hex');
  return {
    gone,
    written,
    created: work.created,
    ended: [...work.ended.keys()],
    successions: work.successions,
    restored: [...work.restored],
    claims: [...work.claims].map(([code, owner]) => ({ code, owner })),
    findings: work.findings,
    diff,
    hash,
  };
}

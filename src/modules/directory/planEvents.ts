import type { OrgId } from '#kernel';
import { isCode, levelOf, normaliseCode } from './codes.ts';
import type { OrganisationEvent } from './contractDecision.ts';
import { finding, type Finding, type FindingCode } from './findings.ts';
import { carry, cut, versionOn, type Timeline, type Version, type Wish } from './timeline.ts';

/** Who answers for a body that ends. */
export interface Succession {
  readonly from: OrgId;
  readonly to: OrgId;
  readonly kind: 'merge' | 'split' | 'dissolve' | 'keep';
  readonly fields: readonly string[];
  /** Letters to the old code go there: one of a body's heirs. */
  readonly letters: boolean;
}

/** A decision being worked out: the directory as it becomes, and what was found on the way. */
export interface Work {
  readonly effective: string;
  readonly timelines: Map<OrgId, Timeline>;
  readonly before: ReadonlyMap<OrgId, Timeline>;
  readonly owners: Map<string, OrgId>;
  readonly byCode: Map<string, OrgId>;
  /** Days on which later decisions share out a body, or make it an heir. */
  readonly laterRole: ReadonlyMap<OrgId, string>;
  readonly claims: Map<string, OrgId>;
  readonly newId: () => OrgId;
  readonly created: OrgId[];
  readonly ended: Map<OrgId, number>;
  readonly touched: Set<OrgId>;
  readonly moved: Set<OrgId>;
  successions: Succession[];
  readonly restored: Set<OrgId>;
  readonly findings: Finding[];
}

export const note = (
  work: Work,
  code: FindingCode,
  event: number | null,
  details: Readonly<Record<string, string | number>> = {},
): void => void work.findings.push(finding(code, event, { day: vietnamDay(work.effective), ...details }));

export const vietnamDay = (day: string): string => day.split('-').toReversed().join('/');

const now = (work: Work, id: OrgId): Version | undefined =>
  versionOn(work.timelines.get(id) ?? [], work.effective);

/** The body of a code on the day of the decision; noted when there is none. */
function bodyOf(work: Work, given: string, event: number): { id: OrgId; version: Version } | null {
  const id = work.byCode.get(normaliseCode(given));
  const version = id && now(work, id);
  if (version) return { id, version };
  const was = id && versionOn(work.before.get(id) ?? [], work.effective);
  if (was) note(work, 'already-ended', event, { name: was.name });
  else note(work, 'unknown-body', event, { code: given });
  return null;
}

export function change(work: Work, id: OrgId, wish: Wish): void {
  work.touched.add(id);
  work.timelines.set(id, carry(work.timelines.get(id) ?? [], work.effective, wish));
}

function end(work: Work, id: OrgId, event: number): void {
  const version = (work.timelines.get(id) ?? []).find((one) => one.from > work.effective);
  const later = version?.from ?? work.laterRole.get(id);
  const body = now(work, id);
  if (later !== undefined && body)
    note(work, 'later-ended', event, { name: body.name, code: body.code, day: vietnamDay(later) });
  work.touched.add(id);
  work.ended.set(id, event);
  work.timelines.set(id, cut(work.timelines.get(id) ?? [], work.effective));
}

/** Gives codes to a body, unless they are or were another's (S9.6). */
function claim(work: Work, codes: readonly string[], owner: OrgId, event: number): boolean {
  for (const given of codes) {
    const code = normaliseCode(given);
    if (!isCode(code)) {
      note(work, 'code-malformed', event, { code: given });
      return false;
    }
    const other = work.owners.get(code);
    if (other !== undefined && other !== owner) {
      const timeline = work.timelines.get(other) ?? [];
      const version =
        timeline.findLast((one) => one.code === code || one.code102 === code) ?? timeline.at(-1);
      const live = now(work, other);
      const taken = live !== undefined && (live.code === code || live.code102 === code);
      note(work, taken ? 'code-taken' : 'code-reused', event, { code, name: version?.name ?? '' });
      return false;
    }
    work.owners.set(code, owner);
    work.claims.set(code, owner);
    work.byCode.set(code, owner);
  }
  return true;
}

function succeed(work: Work, succession: Succession, event: number): void {
  if (succession.from === succession.to)
    note(work, 'heir-is-itself', event, { name: now(work, succession.from)?.name ?? '' });
  else work.successions.push(succession);
}

type Apply<Kind extends OrganisationEvent['kind']> = (
  work: Work,
  event: Extract<OrganisationEvent, { kind: Kind }>,
  index: number,
) => void;

const appliers: { readonly [Kind in OrganisationEvent['kind']]: Apply<Kind> } = {
  create(work, event, index) {
    const parent = event.parent === null ? null : bodyOf(work, event.parent, index);
    if (event.parent !== null && !parent) return;
    const id = work.newId();
    if (!claim(work, [event.code, event.code102], id, index)) return;
    const [code, code102] = [normaliseCode(event.code), normaliseCode(event.code102)];
    work.created.push(id);
    work.touched.add(id);
    work.timelines.set(id, [
      {
        id: null,
        organisationId: id,
        name: event.name.normalize('NFC'),
        code,
        code102,
        parentId: parent?.id ?? null,
        level: event.level ?? levelOf(code102),
        from: work.effective,
        to: null,
      },
    ]);
  },
  rename(work, event, index) {
    const body = bodyOf(work, event.body, index);
    if (body) change(work, body.id, { name: event.name.normalize('NFC') });
  },
  move(work, event, index) {
    const body = bodyOf(work, event.body, index);
    const parent = event.parent === null ? null : bodyOf(work, event.parent, index);
    if (!body || (event.parent !== null && !parent)) return;
    work.moved.add(body.id);
    change(work, body.id, { parentId: parent?.id ?? null });
  },
  recode(work, event, index) {
    const body = bodyOf(work, event.body, index);
    if (!body || !claim(work, [event.code, event.code102], body.id, index)) return;
    change(work, body.id, { code: normaliseCode(event.code), code102: normaliseCode(event.code102) });
  },
  merge(work, event, index) {
    const heir = bodyOf(work, event.into, index);
    if (!heir) return;
    for (const given of event.from) {
      const body = bodyOf(work, given, index);
      if (!body || body.id === heir.id) continue;
      succeed(work, { from: body.id, to: heir.id, kind: 'merge', fields: [], letters: true }, index);
      end(work, body.id, index);
    }
    if (event.name !== undefined) change(work, heir.id, { name: event.name.normalize('NFC') });
  },
  split(work, event, index) {
    const body = bodyOf(work, event.from, index);
    const letters = bodyOf(work, event.letters, index);
    if (!body || !letters) return;
    const heirs = event.into.flatMap((one) => {
      const heir = bodyOf(work, one.body, index);
      return heir ? [{ id: heir.id, fields: one.fields }] : [];
    });
    if (heirs.length < event.into.length) return;
    if (new Set(heirs.map(({ id }) => id)).size < heirs.length)
      return note(work, 'same-heir-twice', index, { name: body.version.name });
    if (!heirs.some(({ id }) => id === letters.id)) note(work, 'letters-outside', index);
    const goesOn = heirs.some(({ id }) => id === body.id);
    for (const { id, fields } of heirs.filter((heir) => heir.id !== body.id)) {
      const answers = !goesOn && id === letters.id;
      succeed(work, { from: body.id, to: id, kind: 'split', fields, letters: answers }, index);
    }
    if (!goesOn) end(work, body.id, index);
  },
  dissolve(work, event, index) {
    const body = bodyOf(work, event.body, index);
    if (!body) return;
    const heirs = [
      ['dissolve', event.successor],
      ['keep', event.keeper],
    ] as const;
    let letters = true;
    for (const [kind, given] of heirs) {
      const heir = given === undefined ? null : bodyOf(work, given, index);
      if (!heir) continue;
      succeed(work, { from: body.id, to: heir.id, kind, fields: [], letters }, index);
      letters = false;
    }
    end(work, body.id, index);
  },
  restore(work, event, index) {
    const code = normaliseCode(event.body);
    const found = [...work.timelines].find(
      ([, timeline]) =>
        timeline.at(-1)?.to === work.effective &&
        (timeline.at(-1)?.code === code || timeline.at(-1)?.code102 === code),
    );
    if (!found) return note(work, 'nothing-to-restore', index, { code: event.body });
    const [id, timeline] = found;
    const last = timeline.at(-1) as Version;
    work.touched.add(id);
    work.ended.delete(id);
    work.restored.add(id);
    work.successions = work.successions.filter(({ from }) => from !== id);
    work.timelines.set(id, [...timeline.slice(0, -1), { ...last, id: null, to: null }]);
    work.byCode.set(last.code, id).set(last.code102, id);
  },
};

export function applyEvent(work: Work, event: OrganisationEvent, index: number): void {
  (appliers[event.kind] as Apply<OrganisationEvent['kind']>)(work, event as never, index);
}

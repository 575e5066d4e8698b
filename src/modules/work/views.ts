import { documentLines, incomingById, type DocumentLine } from '#documents';
import { people } from '#identity';
import type { z } from 'zod';
import { refuse, type Unit, type UnitId } from '#kernel';
import type {
  Assignment,
  custodyQuery,
  CustodyItem,
  documentLine,
  mineAnswer,
  mineQuery,
  MineItem,
  workOfDocument,
} from './contract.ts';
import type { Assigned, Work } from './core.ts';
import { timeOf } from './due.ts';
import { assignmentActionsFor, holdersOf, mayDirect, partiesOf } from './policy.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import {
  countCustody,
  countToKnow,
  custodyOfRef,
  listCustody,
  listDone,
  listToKnow,
  loadWork,
  loadWorks,
  type CustodyRow,
  type HolderNames,
} from './store.ts';

function personOf(ref: Assigned['assigner']): Assignment['assigner'] {
  return { id: ref.id, name: ref.name, ...(ref.post === undefined ? {} : { post: ref.post }) };
}

/** A piece of work as the screen shows it. */
function assignmentView(
  unit: Unit,
  document: { readonly id: string; readonly state: string },
  one: Assigned,
): Assignment {
  const { branch: _branch, worker: _worker, needsConfirmation: _needs, ...plain } = one;
  const end = one.finishedAt ?? one.closedAt;
  return {
    ...plain,
    incomingId: document.id,
    assigner: personOf(one.assigner),
    time:
      one.role === 'inform'
        ? null
        : timeOf(
            new Date(one.assignedAt),
            end === null ? unit.now : new Date(end),
            one.due === null ? null : new Date(one.due),
          ),
    actions: assignmentActionsFor(unit.actor, one, document.state),
  };
}

type DocumentWork = z.infer<typeof workOfDocument>;

/** Who held the document, branch by branch: open branches first. */
export async function custodyView(unit: Unit, ref: string): Promise<DocumentWork['custody']> {
  const rows = Map.groupBy(await custodyOfRef(unit, ref), (row) => row.branch);
  return [...rows]
    .map(([branch, intervals]) => ({
      branch,
      intervals: intervals.map((row) => ({
        holder: row.holder,
        since: row.since.toISOString(),
        until: row.until?.toISOString() ?? null,
        minutes: timeOf(row.since, row.until ?? unit.now, null).minutesUsed,
      })),
    }))
    .sort((a, b) => Number(isClosed(a)) - Number(isClosed(b)) || (a.branch === 'main' ? -1 : 1));
}

const isClosed = (branch: { readonly intervals: readonly { readonly until: string | null }[] }): boolean =>
  branch.intervals.every((interval) => interval.until !== null);

/** Directions, assignments and custody of one incoming document. @throws Refusal kernel.not-found */
export async function workView(unit: Unit, incomingId: string): Promise<DocumentWork> {
  const doc = await incomingById(unit, incomingId);
  const work = await loadWork(unit, incomingId);
  return {
    directions: work.directions.map((direction) => ({
      id: direction.id,
      by: personOf(direction.by),
      at: direction.at,
      text: direction.text,
      assignments: work.assignments
        .filter((one) => one.directionId === direction.id)
        .map((one) => assignmentView(unit, doc, one)),
    })),
    custody: await custodyView(unit, `incoming:${incomingId}`),
    mayDirect: mayDirect(unit.actor, doc),
  };
}

function lineOf(line: DocumentLine): z.infer<typeof documentLine> {
  const { dueDate: _dueDate, ...rest } = line;
  return rest;
}

async function withDocuments<Item extends { readonly ref: string }, Shown>(
  unit: Unit,
  rows: readonly Item[],
  show: (row: Item, line: z.infer<typeof documentLine>, work: Work | undefined) => Shown,
): Promise<Shown[]> {
  const lines = await documentLines(
    unit,
    rows.map((row) => row.ref),
  );
  const works = await loadWorks(
    unit,
    rows.filter((row) => row.ref.startsWith('incoming:')).map((row) => row.ref.slice('incoming:'.length)),
  );
  return rows.flatMap((row) => {
    const line = lines.get(row.ref);
    return line ? [show(row, lineOf(line), works.get(line.id))] : [];
  });
}

function mineLine(
  unit: Unit,
  row: CustodyRow,
  line: z.infer<typeof documentLine>,
  work: Work | undefined,
): MineItem {
  const one = work?.assignments.find((candidate) => candidate.id === row.assignmentId);
  return {
    document: line,
    assignment: one ? assignmentView(unit, line, one) : null,
    branch: row.branch,
    time: timeOf(row.since, row.until ?? unit.now, row.due),
  };
}

/** The lists of the desk: the oldest debt first, never cut by age (S2.12, lesson L9). */
export async function mineView(
  unit: Unit,
  asked: z.infer<typeof mineQuery>,
): Promise<z.infer<typeof mineAnswer>> {
  const holders = holdersOf(unit.actor);
  const parties = partiesOf(unit.actor);
  const counted = await countCustody(unit, holders, unit.now);
  const counts = {
    pending: counted.pending,
    'in-work': counted.working,
    'to-know': await countToKnow(unit, parties),
    late: counted.late,
  };
  const page = asked.list === 'to-know' ? await toKnow(unit, asked) : await held(unit, asked, holders);
  return { ...page, counts };
}

async function held(
  unit: Unit,
  asked: z.infer<typeof mineQuery>,
  holders: HolderNames,
): Promise<{ items: MineItem[]; next: string | null }> {
  const cursor = decodeCursor(asked.cursor);
  const at = cursor === null ? null : { at: cursor.at, id: Number(cursor.id) };
  const limit = asked.limit + 1;
  const rows =
    asked.list === 'done'
      ? await listDone(unit, { holders: holders.filter((one) => one.kind === 'person'), before: at, limit })
      : await listCustody(unit, {
          holders,
          working: asked.list === 'in-work',
          lateAt: null,
          after: at,
          limit,
        });
  const shown = rows.slice(0, asked.limit);
  const last = shown.at(-1);
  return {
    items: await withDocuments(unit, shown, (row, line, work) => mineLine(unit, row, line, work)),
    next:
      rows.length > asked.limit && last
        ? encodeCursor(asked.list === 'done' ? last.until! : last.documentAt, String(last.id))
        : null,
  };
}

async function toKnow(
  unit: Unit,
  asked: z.infer<typeof mineQuery>,
): Promise<{ items: MineItem[]; next: string | null }> {
  const rows = await listToKnow(unit, {
    parties: partiesOf(unit.actor),
    after: decodeCursor(asked.cursor),
    limit: asked.limit + 1,
  });
  const shown = rows.slice(0, asked.limit).map((row) => ({ ...row, ref: `incoming:${row.incomingId}` }));
  const last = shown.at(-1);
  return {
    items: await withDocuments(unit, shown, (row, line, work): MineItem => {
      const one = work?.assignments.find((candidate) => candidate.id === row.id);
      return {
        document: line,
        assignment: one ? assignmentView(unit, line, one) : null,
        branch: null,
        time: null,
      };
    }),
    next: rows.length > asked.limit && last ? encodeCursor(last.at, last.id) : null,
  };
}

/** Under which names the people of a scope hold; null for everybody. @throws Refusal kernel.forbidden */
async function scopeHolders(
  unit: Unit,
  scope: z.infer<typeof custodyQuery>['scope'],
): Promise<HolderNames | null> {
  const { actor } = unit;
  if (scope === 'me') return holdersOf(actor);
  if (scope === 'organisation') {
    if (!actor.roles.some((role) => role === 'leader' || role === 'clerk')) throw refuse('forbidden');
    return null;
  }
  if (actor.unitId === undefined || !actor.roles.some((role) => role === 'head' || role === 'leader'))
    throw refuse('forbidden');
  const members = await people(unit, { unitId: actor.unitId as UnitId });
  return [
    { kind: 'unit', id: actor.unitId },
    ...members.map((member) => ({ kind: 'person', id: member.id as string })),
  ];
}

/** Who holds what since when, how long it took and how long is left. */
export async function custodyPage(
  unit: Unit,
  asked: z.infer<typeof custodyQuery>,
): Promise<{ items: CustodyItem[]; next: string | null; total: number; late: number }> {
  const holders = await scopeHolders(unit, asked.scope);
  const cursor = decodeCursor(asked.cursor);
  const rows = await listCustody(unit, {
    holders,
    working: null,
    lateAt: asked.late === undefined ? null : unit.now,
    after: cursor === null ? null : { at: cursor.at, id: Number(cursor.id) },
    limit: asked.limit + 1,
  });
  const counted = await countCustody(unit, holders, unit.now);
  const shown = rows.slice(0, asked.limit);
  const last = shown.at(-1);
  return {
    items: await withDocuments(unit, shown, (row, line) => ({
      document: line,
      branch: row.branch,
      holder: row.holder,
      time: timeOf(row.since, unit.now, row.due),
    })),
    next: rows.length > asked.limit && last ? encodeCursor(last.documentAt, String(last.id)) : null,
    total: counted.pending + counted.working,
    late: counted.late,
  };
}

import type { FastifyInstance } from 'fastify';
import { query, vietnamDate, type Context, type OrgId, type Tx, type Unit } from '#kernel';
import type { z } from 'zod';
import { countLiving, everRecorded, searchAllTimes, treeLevel } from './browseStore.ts';
import * as shapes from './contract.ts';
import { successionsAround } from './decisionStore.ts';
import { handoversOf } from './handoverStore.ts';
import { refuse } from './refusals.ts';
import { lastKnown, organisationById, organisationsById } from './store.ts';
import { heirsOf } from './successors.ts';

/** The instant at which a day is looked at: its noon in Viet Nam. */
const noonOf = (day: string): Date => new Date(`${day}T12:00:00+07:00`);
const mostHandovers = 200;

/** Looking around in the directory, on any day. */
export function browseRoutes(app: FastifyInstance, ctx: Context): void {
  query(
    app,
    ctx,
    {
      url: '/api/directory/tree',
      query: shapes.treeQuery,
      answer: shapes.treeAnswer,
      summary: 'Cây danh mục cơ quan tại một ngày',
    },
    async (unit, input) => {
      const on = input.query.on ?? vietnamDate(unit.now);
      const items = await treeLevel(unit.tx, (input.query.parent as OrgId | undefined) ?? null, on);
      return { items: [...items], on, total: await countLiving(unit.tx, on) };
    },
  );
  query(
    app,
    ctx,
    {
      url: '/api/directory/search',
      query: shapes.directorySearchQuery,
      answer: shapes.directorySearchAnswer,
      summary: 'Tìm theo tên, mã của mọi thời kỳ',
    },
    async (unit, input) => search(unit.tx, input.query, input.query.on ?? vietnamDate(unit.now)),
  );
  query(
    app,
    ctx,
    {
      url: '/api/directory/organisations/:id',
      params: shapes.organisationParams,
      answer: shapes.organisationAnswer,
      summary: 'Một cơ quan và lịch sử của nó',
    },
    async (unit, { params }) => organisationPage(unit, params.id as OrgId),
  );
}

async function search(
  tx: Tx,
  wanted: { readonly text: string; readonly limit: number },
  on: string,
): Promise<z.input<typeof shapes.directorySearchAnswer>> {
  const at = noonOf(on);
  const found = await searchAllTimes(tx, wanted.text, wanted.limit);
  const ids = [...new Set(found.map(({ id }) => id))];
  const living = await organisationsById(tx, ids, at);
  const heirs = await heirsOf(
    tx,
    ids.filter((id) => !living.has(id)),
    at,
  );
  return {
    items: found.map((row) => {
      const own = living.get(row.id);
      const org = own ?? heirs.get(row.id)?.org;
      return { ...row, now: org ? { id: org.id, name: org.name, code: org.code, heir: !own } : null };
    }),
  };
}

async function organisationPage(unit: Unit, id: OrgId): Promise<z.input<typeof shapes.organisationAnswer>> {
  const versions = await everRecorded(unit.tx, id);
  if (versions.length === 0) throw refuse('unknown-organisation');
  const far = '9999-12-31';
  const heirs = await successionsAround(unit.tx, [id], 'from', far);
  const predecessors = await successionsAround(unit.tx, [id], 'to', far);
  const handovers = await handoversOf(unit.tx, id, mostHandovers);
  const names = await lastKnown(unit.tx, [
    ...heirs.map(({ to }) => to),
    ...predecessors.map(({ from }) => from),
    ...handovers.items.flatMap(({ from, to }) => [from, to]),
  ]);
  const relation = (
    other: OrgId,
    one: (typeof heirs)[number],
  ): z.input<typeof shapes.organisationAnswer>['heirs'][number] => ({
    id: other,
    name: names.get(other)?.name ?? '',
    code: names.get(other)?.code ?? '',
    kind: one.kind,
    fields: [...one.fields],
    letters: one.letters,
    effective: one.effective,
    basis: one.basis,
  });
  return {
    id,
    today: await organisationById(unit.tx, id, unit.now),
    versions: versions.map((row) => ({
      ...row,
      recordedAt: row.recordedAt.toISOString(),
      supersededAt: row.supersededAt?.toISOString() ?? null,
    })),
    heirs: heirs.map((one) => relation(one.to, one)),
    predecessors: predecessors.map((one) => relation(one.from, one)),
    handovers: handovers.items.map(({ kind, label, from, to }) => ({
      kind,
      label,
      from: names.get(from)?.name ?? '',
      to: names.get(to)?.name ?? '',
    })),
    handoverTotal: handovers.total,
  };
}

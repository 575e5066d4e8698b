import type { FastifyInstance } from 'fastify';
import { command, query, refuse, type Context, type OrgId, type Unit } from '#kernel';
import { z } from 'zod';
import * as shapes from './contract.ts';
import {
  cancelDecision,
  checkDecision,
  decisionSteps,
  planOf,
  prepareDecision,
  reviseDecision,
  signDecision,
  type DryRunResult,
} from './decide.ts';
import { decisionById, decisionList, type DecisionRow } from './decisionStore.ts';
import { heirOfItem } from './handover.ts';
import { impactProviders } from './impact.ts';
import { decisionRights, type DecisionAction } from './policy.ts';
import { refuse as refuseDirectory } from './refusals.ts';
import { lastKnown } from './store.ts';
import { versionOn, type Version } from './timeline.ts';
import { allTimelines } from './versionStore.ts';

const mostShown = 500;
const mostRows = 1_000;

type Rights = ReadonlySet<DecisionAction>;

function viewOf(
  unit: Unit,
  rights: Rights,
  row: Omit<DecisionRow, 'events'>,
): Omit<shapes.DecisionView, 'events'> {
  const actions = Object.entries(decisionSteps) as [DecisionAction, readonly string[]][];
  return {
    ...row,
    createdAt: row.createdAt.toISOString(),
    checkedAt: row.checkedAt?.toISOString() ?? null,
    signedAt: row.signedAt?.toISOString() ?? null,
    cancelledAt: row.cancelledAt?.toISOString() ?? null,
    effectiveAt: row.effectiveAt?.toISOString() ?? null,
    may: actions
      .filter(
        ([action, states]) =>
          row.orgId === unit.org &&
          rights.has(action) &&
          states.includes(row.state) &&
          !(action === 'sign' && row.createdBy.id === unit.actor.id),
      )
      .map(([action]) => action),
  };
}

async function shown(unit: Unit, id: string): Promise<DecisionRow> {
  const row = await decisionById(unit.tx, id);
  if (!row) throw refuseDirectory('unknown-decision');
  return row;
}

const fullView = async (unit: Unit, row: DecisionRow): Promise<shapes.DecisionView> => ({
  ...viewOf(unit, await decisionRights(unit), row),
  events: [...row.events],
});

/** The dry run as the screen shows it. */
async function dryRunView(unit: Unit, result: DryRunResult): Promise<shapes.DryRun> {
  const { row, plan, findings } = result;
  const orgs = plan.diff.flatMap(({ before }) => (before ? [before.organisationId] : []));
  const impact = [];
  for (const provider of impactProviders(unit.ctx)) {
    const ended = provider.work ? [...plan.ended] : orgs;
    const count = ended.length === 0 ? 0 : await provider.count(unit.tx, ended);
    impact.push({ kind: provider.kind, vi: provider.vi, en: provider.en, count });
  }
  const timelines = await allTimelines(unit.tx);
  const names = new Map<OrgId, string>();
  for (const [id, timeline] of timelines)
    names.set(id, (versionOn(timeline, row.effective) ?? timeline.at(-1))?.name ?? '');
  for (const version of plan.written) names.set(version.organisationId, version.name);
  const heirs = new Map(
    plan.successions.filter(({ letters }) => letters).map(({ from, to }) => [from, names.get(to) ?? '']),
  );
  const side = (version: Version | null): shapes.DryRun['diff'][number]['before'] =>
    version && {
      name: version.name,
      code: version.code,
      code102: version.code102,
      parent: version.parentId === null ? null : (names.get(version.parentId) ?? null),
      level: version.level,
    };
  const living = [...timelines.values()].filter((timeline) => versionOn(timeline, row.effective)).length;
  // What ends comes first, then what is new, then what only changes: that is the order in which people worry.
  const weight = ({ before, after }: (typeof plan.diff)[number]): number => (after ? (before ? 2 : 1) : 0);
  const sorted = [...plan.diff].sort((a, b) => weight(a) - weight(b));
  return {
    decision: await fullView(unit, row),
    planHash: plan.hash,
    counts: {
      created: plan.created.length,
      ended: plan.ended.length,
      changed: plan.diff.filter(({ before, after }) => before && after).length,
      before: living,
      after: living + plan.created.length - plan.ended.length,
    },
    findings: findings.slice(0, mostShown),
    impact,
    diff: sorted.slice(0, mostShown).map(({ before, after }) => ({
      before: side(before),
      after: side(after),
      heir: (before && heirs.get(before.organisationId)) ?? null,
    })),
    diffTotal: plan.diff.length,
  };
}

export function decisionRoutes(app: FastifyInstance, ctx: Context): void {
  const base = '/api/directory/decisions';
  query(
    app,
    ctx,
    { url: base, answer: shapes.decisionsAnswer, summary: 'Các quyết định tổ chức lại' },
    async (unit) => {
      const rights = await decisionRights(unit);
      const rows = await decisionList(unit.tx);
      return {
        items: rows.map((row) => ({ ...viewOf(unit, rights, row), eventCount: row.eventCount })),
        mayPrepare: rights.has('edit'),
      };
    },
  );
  query(
    app,
    ctx,
    {
      url: `${base}/:id`,
      params: shapes.decisionParams,
      answer: shapes.decisionView,
      summary: 'Một quyết định tổ chức lại',
    },
    async (unit, { params }) => fullView(unit, await shown(unit, params.id)),
  );
  query(
    app,
    ctx,
    {
      url: `${base}/:id/impact/:kind`,
      params: shapes.impactParams,
      answer: shapes.impactRowsAnswer,
      summary: 'Những gì quyết định chạm tới, từng dòng',
    },
    async (unit, { params }) => impactRows(unit, params.id, params.kind),
  );
  const created = z.object({ id: z.uuid() });
  const large = { bodyLimit: 8 * 1_048_576 };
  command(
    app,
    ctx,
    {
      url: base,
      name: 'directory.prepare',
      body: shapes.decisionBody,
      answer: created,
      summary: 'Soạn quyết định tổ chức lại',
      ...large,
    },
    async (unit, { body }) => ({ id: await prepareDecision(unit, body) }),
  );
  command(
    app,
    ctx,
    {
      url: `${base}/:id`,
      name: 'directory.revise',
      params: shapes.decisionParams,
      body: shapes.decisionBody,
      answer: created,
      summary: 'Sửa dự thảo quyết định',
      ...large,
    },
    async (unit, { params, body }) => {
      await reviseDecision(unit, params.id, body);
      return { id: params.id };
    },
  );
  command(
    app,
    ctx,
    {
      url: `${base}/:id/check`,
      name: 'directory.check',
      params: shapes.decisionParams,
      body: z.object({}),
      answer: shapes.dryRunAnswer,
      summary: 'Chạy thử: cái gì sẽ vỡ?',
    },
    async (unit, { params }) => dryRunView(unit, await checkDecision(unit, params.id)),
  );
  command(
    app,
    ctx,
    {
      url: `${base}/:id/sign`,
      name: 'directory.sign',
      params: shapes.decisionParams,
      body: shapes.signBody,
      answer: created,
      summary: 'Ký quyết định đã kiểm tra',
    },
    async (unit, { params, body }) => {
      await signDecision(unit, params.id, body.planHash);
      return { id: params.id };
    },
  );
  command(
    app,
    ctx,
    {
      url: `${base}/:id/cancel`,
      name: 'directory.cancel',
      params: shapes.decisionParams,
      body: shapes.cancelBody,
      answer: created,
      summary: 'Hủy quyết định trước ngày hiệu lực',
    },
    async (unit, { params, body }) => {
      await cancelDecision(unit, params.id, body.reason);
      return { id: params.id };
    },
  );
}

async function impactRows(
  unit: Unit,
  id: string,
  kind: string,
): Promise<z.input<typeof shapes.impactRowsAnswer>> {
  const row = await shown(unit, id);
  // Rows of other organisations' offices are for those who prepare and sign.
  if (row.orgId !== unit.org || !(await decisionRights(unit)).has('check')) throw refuse('forbidden');
  const provider = impactProviders(unit.ctx).find((one) => one.kind === kind);
  if (!provider) throw refuse('not-found');
  const plan = await planOf(unit.tx, row, () => unit.ctx.ids.uuid());
  const touched = plan.diff.flatMap(({ before }) => (before ? [before.organisationId] : []));
  const orgs = provider.work ? [...plan.ended] : touched;
  const items = orgs.length === 0 ? [] : await provider.items(unit.tx, orgs, mostRows);
  const heirs = items.map((item) => heirOfItem(item, plan.successions));
  const ids = [...new Set([...items.map(({ orgId }) => orgId), ...heirs.filter((heir) => heir !== null)])];
  const names = await lastKnown(unit.tx, ids);
  return {
    items: items.map((item, at) => {
      const heir = heirs[at];
      return {
        organisation: names.get(item.orgId)?.name ?? '',
        label: item.label,
        at: item.at?.toISOString() ?? null,
        heir: heir ? (names.get(heir)?.name ?? null) : null,
      };
    }),
    total: orgs.length === 0 ? 0 : await provider.count(unit.tx, orgs),
  };
}

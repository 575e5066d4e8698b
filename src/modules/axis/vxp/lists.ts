import { allOrganisations, allTimelines } from '#directory';
import type { Tx } from '#kernel';
import { editionDigests, editionsAfter, latestEdition, noteAsked } from '../editionStore.ts';
import type { VxpAnswer, VxpCall } from './operations.ts';
import { okReply, vxpTime } from './reply.ts';

/** The system has the directory as of the latest edition. */
async function remember(tx: Tx, { ctx, system }: VxpCall): Promise<void> {
  const [org] = system.orgs;
  const edition = (await latestEdition(tx))?.n ?? 0;
  const at = ctx.clock.now();
  if (org) await noteAsked(tx, { subscriber: `vxp:${system.id}`, org, edition, at });
}

/** getAgenciesList and getAgenciesListQD20: the bodies of today, each with its code of the other form. */
export const agencies =
  (otherCode: 'oldCode' | 'code102') =>
  async (call: VxpCall): Promise<VxpAnswer> => {
    const level = call.parameters.get('level')?.trim();
    const all = await call.ctx.db.transaction(null, async (tx) => {
      await remember(tx, call);
      return await allOrganisations(tx, call.ctx.clock.now());
    });
    const wanted = level && all.some((org) => org.level === level) ? level : undefined;
    return okReply({
      data: all
        .filter((org) => wanted === undefined || org.level === wanted)
        .map((org) => ({
          id: org.id,
          pid: org.parentId ?? '',
          code: org.code,
          name: org.name,
          mail: '',
          [otherCode]: org.code102,
        })),
    });
  };

/**
 * getSynchronizeUnit: every body that ever was, ended ones marked as deleted; `version` is the edition of the
 * directory in which it last changed, so that a system sees what is new to it.
 */
export async function synchronizeUnit(call: VxpCall): Promise<VxpAnswer> {
  const { ctx } = call;
  const [timelines, digests, editions] = await ctx.db.transaction(null, async (tx) => {
    await remember(tx, call);
    return [await allTimelines(tx), await editionDigests(tx), await editionsAfter(tx, 0, 100_000)] as const;
  });
  const publishedAt = new Map(editions.map((edition) => [edition.n, edition.publishedAt]));
  const now = ctx.clock.now();
  const living = new Set(
    (await ctx.db.transaction(null, (tx) => allOrganisations(tx, now))).map(({ id }) => id),
  );
  return okReply({
    data: [...timelines].flatMap(([id, timeline]) => {
      const version = timeline.findLast((one) => new Date(`${one.from}T00:00:00+07:00`) <= now);
      if (!version) return [];
      const edition = digests.get(id)?.edition ?? 1;
      return {
        id,
        pid: version.parentId ?? '',
        code: version.code,
        name: version.name,
        mail: '',
        version: edition,
        centerCode: 'PHIGIAY',
        deleted: !living.has(id),
        modifyDate: vxpTime(publishedAt.get(edition) ?? now),
        isAgency: true,
      };
    }),
  });
}

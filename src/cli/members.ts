import { organisationsById } from '#directory';
import type { Context } from '#kernel';
import { agencyCertificates } from '#signatures';

/**
 * `phigiay members`: the agencies of this office with the certificates by which an axis knows them, as JSON for
 * `phigiay axis add-members`.
 * @returns exit code
 */
export async function membersCommand(ctx: Context): Promise<number> {
  const found = await agencyCertificates(ctx);
  const names = await ctx.db.transaction(null, (tx) =>
    organisationsById(
      tx,
      found.map((member) => member.orgId),
      ctx.clock.now(),
    ),
  );
  const members = found.flatMap(({ orgId, certificatePem }) => {
    const organisation = names.get(orgId);
    return organisation ? [{ org: organisation.code102, name: organisation.name, certificatePem }] : [];
  });
  console.log(JSON.stringify(members, null, 2));
  return 0;
}

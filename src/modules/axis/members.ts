import { createHash, X509Certificate, type KeyObject } from 'node:crypto';
import { findByCode, organisationById, type Organisation } from '#directory';
import type { Context, OrgId, Tx } from '#kernel';
import { algorithmOf } from '#signing';
import { refuseAxis } from './refusals.ts';
import { sealSecret } from './secrets.ts';
import { addMemberRow, allMembers, allSystems, bindSystem, countRefused, putSystem } from './store.ts';

/** The key of a certificate that is valid now and of a type that axis-1 accepts, or null. */
export function publicKeyOf(certificatePem: string, now: Date): KeyObject | null {
  const certificate = new X509Certificate(certificatePem);
  if (now < certificate.validFromDate || now > certificate.validToDate) return null;
  return algorithmOf(certificate.publicKey) === null ? null : certificate.publicKey;
}

/** Base64url SHA-256 of the certificate's DER: the `keyid` of axis-1. */
export function keyIdOf(certificatePem: string): string {
  return createHash('sha256').update(new X509Certificate(certificatePem).raw).digest('base64url');
}

/**
 * Lets an organisation speak axis-1 with a certificate; again with the same certificate changes nothing.
 * @returns the key id to sign with
 * @throws `axis.bad-certificate`
 */
export async function registerMember(
  ctx: Context,
  member: { readonly orgId: OrgId; readonly certificatePem: string },
): Promise<string> {
  let key: KeyObject | null;
  try {
    key = publicKeyOf(member.certificatePem, ctx.clock.now());
  } catch {
    throw refuseAxis('bad-certificate', { reason: 'không đọc được' });
  }
  if (!key) throw refuseAxis('bad-certificate', { reason: 'hết hạn hoặc loại khóa không được chấp nhận' });
  const keyId = keyIdOf(member.certificatePem);
  await ctx.db.transaction(null, (tx) => addMemberRow(tx, { keyId, ...member }, ctx.clock.now()));
  return keyId;
}

/** The organisation of a code. @throws `axis.unknown-organisation` */
export async function requireOrganisation(tx: Tx, code: string, at: Date): Promise<Organisation> {
  const found = await findByCode(tx, code, at);
  if (!found) throw refuseAxis('unknown-organisation', { code });
  return found;
}

/**
 * Connects a piece of software that speaks VXP and binds it to the organisations for which it may send and receive;
 * a known id gets the new secret and the further organisations.
 */
export async function addSystem(
  ctx: Context,
  system: { readonly id: string; readonly secret: string; readonly orgCodes: readonly string[] },
): Promise<readonly Organisation[]> {
  const now = ctx.clock.now();
  const kept = { id: system.id, secret: await sealSecret(ctx, system.id, system.secret) };
  return await ctx.db.transaction(null, async (tx) => {
    const organisations: Organisation[] = [];
    for (const code of system.orgCodes) organisations.push(await requireOrganisation(tx, code, now));
    await putSystem(tx, kept, now);
    await bindSystem(
      tx,
      system.id,
      organisations.map(({ id }) => id),
      false,
    );
    return organisations;
  });
}

/** What is connected, for the operator: systems and members with their organisations and what went wrong there. */
export async function connections(ctx: Context): Promise<{
  readonly systems: readonly { readonly id: string; readonly organisations: readonly string[] }[];
  readonly members: readonly { readonly keyId: string; readonly organisation: string }[];
  readonly refused: readonly { readonly organisation: string; readonly count: number }[];
}> {
  const now = ctx.clock.now();
  const nameOf = async (tx: Tx, id: OrgId): Promise<string> => {
    const found = await organisationById(tx, id, now);
    return found ? `${found.code} ${found.name}` : id;
  };
  const [systems, members] = await ctx.db.transaction(
    null,
    async (tx) => [await allSystems(tx), await allMembers(tx)] as const,
  );
  const orgs = new Set([
    ...systems.flatMap((system) => system.orgs),
    ...members.map((member) => member.orgId),
  ]);
  const names = new Map<OrgId, string>();
  const refused: { organisation: string; count: number }[] = [];
  for (const org of orgs) {
    await ctx.db.transaction(org, async (tx) => {
      names.set(org, await nameOf(tx, org));
      const count = await countRefused(tx, org);
      if (count > 0) refused.push({ organisation: names.get(org)!, count });
    });
  }
  return {
    systems: systems.map(({ id, orgs }) => ({ id, organisations: orgs.map((org) => names.get(org)!) })),
    members: members.map(({ keyId, orgId }) => ({ keyId, organisation: names.get(orgId)! })),
    refused,
  };
}

import { createHash, randomBytes, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { record } from '#audit';
import { hostedOrganisations } from '#directory';
import { certificateToPem, type Certificate } from '#formats/x509';
import type { Context, OrgId, PersonId, Unit } from '#kernel';
import { keySigner, type IssuedKey, type Signer } from '#signing';
import { ensureAuthority, heldAuthority, writePrivateFile } from './authorityStore.ts';
import { openKeyStore, sealKeyStore } from './custody.ts';
import { openWithPin } from './pin.ts';
import { refuse } from './refusals.ts';
import { keyInUse, replaceKey, type KeyKind, type KeyRow } from './store.ts';

/** A certificate as it came into use. */
export interface KeyIssued {
  readonly certificatePem: string;
  /** base64url SHA-256 of the certificate (DER). */
  readonly keyId: string;
}

/** base64url SHA-256 of the certificate. */
export const keyIdOf = (certificate: Certificate): string =>
  createHash('sha256').update(certificate.der).digest('base64url');

function checkPin(pin: string): void {
  if (pin.length < 6 || pin.length > 64) throw refuse('pin-shape');
}

async function takeIntoCustody(
  unit: Unit,
  issued: IssuedKey,
  holder: {
    readonly kind: KeyKind;
    readonly personId: PersonId | null;
    readonly label: string;
    readonly pin: string;
  },
): Promise<KeyIssued> {
  const certificatePem = certificateToPem(issued.certificate);
  const keyId = keyIdOf(issued.certificate);
  const id = unit.ctx.ids.uuid();
  await replaceKey(unit.tx, {
    id,
    orgId: unit.org,
    kind: holder.kind,
    personId: holder.personId,
    label: holder.label,
    certificatePem,
    keyId,
    pkcs12: await sealKeyStore(
      issued,
      { kind: holder.kind === 'agency' ? 'secret' : 'pin', password: holder.pin },
      holder.label,
    ),
    now: unit.now,
  });
  await record(unit, {
    action: 'signatures.key-issued',
    object: `key:${id}`,
    detail: { kind: holder.kind, label: holder.label, keyId, personId: holder.personId },
  });
  return { certificatePem, keyId };
}

/**
 * Issues a person's signing certificate from the test authority; the one before it is retired.
 * @throws Refusal pin-shape
 */
export async function issueOfficerKey(
  unit: Unit,
  officer: {
    readonly personId: PersonId;
    readonly name: string;
    readonly title: string;
    readonly organisation: string;
    readonly pin: string;
  },
): Promise<KeyIssued> {
  checkPin(officer.pin);
  const held = await ensureAuthority(unit.ctx);
  const { name, title, organisation, personId, pin } = officer;
  const issued = held.authority.issueOfficer({
    commonName: name,
    organisation,
    ...(title === '' ? {} : { title }),
  });
  await held.keep();
  return await takeIntoCustody(unit, issued, { kind: 'officer', personId, label: name, pin });
}

/** Issues the organisation's seal certificate, guarded by the PIN of whoever keeps the seal. @throws Refusal pin-shape */
export async function issueSealKey(
  unit: Unit,
  seal: { readonly organisation: string; readonly code: string; readonly pin: string },
): Promise<KeyIssued> {
  checkPin(seal.pin);
  const held = await ensureAuthority(unit.ctx);
  const issued = held.authority.issueSeal({ organisation: seal.organisation, code: seal.code });
  await held.keep();
  return await takeIntoCustody(unit, issued, {
    kind: 'seal',
    personId: null,
    label: seal.organisation,
    pin: seal.pin,
  });
}

/**
 * Issues the key with which the organisation's server speaks to the axis. Nobody types a PIN at night: it is guarded
 * by a secret of this installation (`<dataDir>/keys/agency.secret`), kept apart from the database.
 */
export async function issueAgencyKey(
  unit: Unit,
  agency: { readonly organisation: string; readonly code: string },
): Promise<KeyIssued> {
  const held = await ensureAuthority(unit.ctx);
  const issued = held.authority.issueServer({
    commonName: agency.code,
    organisation: agency.organisation,
    dnsNames: [agency.code.toLowerCase()],
  });
  await held.keep();
  return await takeIntoCustody(unit, issued, {
    kind: 'agency',
    personId: null,
    label: agency.code,
    pin: await agencySecret(unit.ctx),
  });
}

const secrets = new WeakMap<Context, Promise<string>>();

function agencySecret(ctx: Context): Promise<string> {
  let secret = secrets.get(ctx);
  if (!secret) {
    secret = loadSecret(ctx);
    secrets.set(ctx, secret);
    secret.catch(() => secrets.delete(ctx));
  }
  return secret;
}

async function loadSecret(ctx: Context): Promise<string> {
  const folder = join(ctx.config.dataDir, 'keys');
  try {
    return (await readFile(join(folder, 'agency.secret'), 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const made = randomBytes(32).toString('base64url');
  await writePrivateFile(folder, 'agency.secret', `${made}\n`);
  return made;
}

/** A key that its PIN opened; held only as long as one batch runs. */
export interface OpenedKey {
  readonly signer: Signer;
  readonly key: KeyRow;
}

/** Opens an officer's key for a batch. @throws Refusal no-key, wrong-pin, key-locked, certificate-ended */
export const openOfficerKey = (
  unit: Unit,
  personId: PersonId,
  pin: string,
  holder: string,
): Promise<OpenedKey> => signerOf(unit, 'officer', personId, pin, holder);

/** A key that was opened before, if it is still the one in use. @throws Refusal no-key, certificate-ended */
export async function stillUsable(unit: Unit, opened: OpenedKey, holder: string): Promise<OpenedKey> {
  const key = await keyInUse(unit.tx, opened.key.kind, opened.key.person_id as PersonId | null);
  if (key?.id !== opened.key.id || key.locked_at !== null) throw refuse('no-key', { holder });
  await checkCertificate(unit, opened.signer, holder);
  return opened;
}

/**
 * The state of the signer's own certificate before it signs (Decree 23/2025 Art. 15): its dates, and the newest list of
 * the authority when that is kept here.
 * @throws Refusal certificate-ended
 */
export async function checkCertificate(
  unit: Unit,
  signer: Pick<Signer, 'certificateChain'>,
  holder: string,
): Promise<void> {
  const certificate = signer.certificateChain[0] as Certificate;
  const ended = (vi: string, en: string): Error =>
    refuse('certificate-ended', { holder, reason: { vi, en } });
  if (unit.now < certificate.notBefore || unit.now > certificate.notAfter)
    throw ended('hết hạn hoặc chưa tới ngày dùng', 'expired or not yet valid');
  const held = await heldAuthority(unit.ctx);
  if (!held) return;
  const [list] = await held.crls();
  const entry = list.find(certificate.issuer, certificate.serialNumber);
  if (entry && entry.revokedAt <= unit.now) throw ended('chứng thư bị thu hồi', 'the certificate is revoked');
}

/** Opens the key in use of a holder. @throws Refusal no-key, key-on-device, wrong-pin, key-locked, certificate-ended */
export async function signerOf(
  unit: Unit,
  kind: 'officer' | 'seal',
  personId: PersonId | null,
  pin: string,
  holder: string,
): Promise<OpenedKey> {
  const key = await keyInUse(unit.tx, kind, personId);
  if (!key) throw refuse('no-key', { holder });
  const { pkcs12 } = key;
  if (pkcs12 === null) throw refuse('key-on-device');
  const opened = await openWithPin(unit, key, () => openKeyStore(pkcs12, pin));
  const signer = keySigner(opened.key, opened.chain);
  await checkCertificate(unit, signer, holder);
  return { signer, key };
}

/** What an organisation signs its requests to the axis with. */
export interface AgencySigner {
  readonly privateKey: KeyObject;
  readonly certificatePem: string;
  readonly keyId: string;
}

// Opening a PKCS#12 is made slow on purpose; a poller needs its key each second.
const agencyKeys = new WeakMap<Context, Map<string, AgencySigner>>();

/** The agency key of an organisation. @throws Refusal no-key */
export async function agencySigner(ctx: Context, org: OrgId): Promise<AgencySigner> {
  const row = await ctx.db.transaction(org, (tx) => keyInUse(tx, 'agency', null));
  if (!row) throw refuse('no-key', { holder: 'máy chủ của cơ quan' });
  let known = agencyKeys.get(ctx);
  if (!known) agencyKeys.set(ctx, (known = new Map<string, AgencySigner>()));
  let signer = known.get(row.id);
  if (!signer) {
    const opened = row.pkcs12 && (await openKeyStore(row.pkcs12, await agencySecret(ctx)));
    if (!opened) throw refuse('no-key', { holder: 'máy chủ của cơ quan' });
    signer = { privateKey: opened.key, certificatePem: row.certificate_pem, keyId: row.key_id };
    known.set(row.id, signer);
  }
  return signer;
}

/** The agency certificates of all organisations that this installation hosts, for the axis to know them. */
export async function agencyCertificates(
  ctx: Context,
): Promise<readonly { readonly orgId: OrgId; readonly certificatePem: string }[]> {
  const hosted = await ctx.db.transaction(null, (tx) => hostedOrganisations(tx));
  const found: { orgId: OrgId; certificatePem: string }[] = [];
  for (const orgId of hosted) {
    const row = await ctx.db.transaction(orgId, (tx) => keyInUse(tx, 'agency', null));
    if (row) found.push({ orgId, certificatePem: row.certificate_pem });
  }
  return found;
}

import { Asn1Error } from '#formats/asn1';
import {
  attributesOf,
  certificateToPem,
  fitsKey,
  publicKeyOf,
  readCertificatesPem,
  verifyBytes,
  type Certificate,
  type SignatureAlgorithm,
} from '#formats/x509';
import { record } from '#audit';
import type { PersonId, Unit } from '#kernel';
import { evaluateCertificate, signingPolicy } from '#signing';
import { heldAuthority } from './authorityStore.ts';
import { keyIdOf } from './keys.ts';
import { refuse } from './refusals.ts';
import { replaceKey } from './store.ts';
import { trustSet } from './trust.ts';

export const enrolAct = 'enrol';

/** What a device hands in: a signature, and when a certificate is enrolled, the certificate and its issuers. */
export interface HandedIn {
  readonly signature: Buffer;
  readonly algorithm?: SignatureAlgorithm | undefined;
  /** PEM, signing certificate first. */
  readonly chain?: string | undefined;
}

/** The octets by which possession of a key is proven: text that is no part of any document format. */
export const enrolmentText = (id: string): Buffer =>
  Buffer.from(`Phi Giấy: đăng ký chứng thư chữ ký số, yêu cầu ${id}\n`, 'utf8');

const plainName = (name: string): string =>
  name.normalize('NFC').replace(/\s+/g, ' ').trim().toLocaleLowerCase('vi');

/**
 * Takes a certificate of whose key the person just proved possession (POP, RFC 4211 §4): it must lead to a root that
 * is believed here, be good for signing now, and bear the person's own name. The key itself never comes here.
 * @throws Refusal certificate-unreadable, device-signature-wrong, certificate-not-yours, certificate-not-trusted
 */
export async function enrolCertificate(unit: Unit, text: Buffer, handed: HandedIn): Promise<void> {
  const personId = unit.actor.personId as PersonId;
  const chain = readChain(handed.chain ?? '');
  const certificate = chain[0] as Certificate;
  const { algorithm, signature } = handed;
  const key = publicKeyOf(certificate);
  if (!algorithm || !fitsKey(algorithm, key) || !verifyBytes(algorithm, key, text, signature))
    throw refuse('device-signature-wrong');
  const names = attributesOf(certificate.subject, 'CN');
  if (!names.some((one) => plainName(one) === plainName(unit.actor.name)))
    throw refuse('certificate-not-yours', { name: names.join(', '), person: unit.actor.name });
  const { anchors } = await trustSet(unit.ctx);
  const held = await heldAuthority(unit.ctx);
  const verdict = evaluateCertificate({
    certificate,
    candidates: chain.slice(1),
    anchors,
    at: unit.now,
    now: unit.now,
    evidence: held ? { crls: await held.crls() } : {},
    policy: { ...signingPolicy, revocation: 'prefer' },
  });
  if (verdict.indication !== 'TOTAL-PASSED')
    throw refuse('certificate-not-trusted', { reason: verdict.reasons.map(({ code }) => code).join(', ') });
  const id = unit.ctx.ids.uuid();
  const keyId = keyIdOf(certificate);
  await replaceKey(unit.tx, {
    id,
    orgId: unit.org,
    kind: 'officer',
    personId,
    label: unit.actor.name,
    certificatePem: certificateToPem(certificate),
    keyId,
    outside: { chainPem: chain.map((one) => certificateToPem(one)).join(''), algorithm },
    now: unit.now,
  });
  await record(unit, {
    action: 'signatures.certificate-enrolled',
    object: `key:${id}`,
    detail: { keyId, personId, algorithm },
  });
}

function readChain(pem: string): Certificate[] {
  try {
    const chain = readCertificatesPem(pem);
    if (chain.length > 0 && chain.length <= 8) return [...chain];
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
  }
  throw refuse('certificate-unreadable');
}

import type { KeyObject } from 'node:crypto';
import { Asn1Error, derBits, derOid, derSequence } from '#formats/asn1';
import {
  isSelfIssued,
  isWeakSignature,
  oids,
  publicKeyOf,
  readPublicKey,
  sameName,
  signatureAlgorithmOf,
  type Certificate,
  type ReadableSignatureAlgorithm,
} from '#formats/x509';
import { verifyLink } from './links.ts';
import { nameConstraintState } from './nameConstraints.ts';
import { policyState } from './policy.ts';
import type { InvalidPath, PathFault, PathOptions, TrustAnchor, ValidPath } from './types.ts';

const dsa = '1.2.840.10040.4.1';

/** SHA-256 and better; RSA from 2048 bits. */
export function acceptStrong(algorithm: ReadableSignatureAlgorithm, key: KeyObject): boolean {
  const bits = key.asymmetricKeyDetails?.modulusLength;
  return !isWeakSignature(algorithm) && (bits === undefined || bits >= 2048);
}

class Fault extends Error {
  readonly fault: PathFault;
  constructor(fault: PathFault) {
    super(fault);
    this.fault = fault;
  }
}

function demand(condition: boolean, fault: PathFault): void {
  if (!condition) throw new Fault(fault);
}

interface WorkingKey {
  readonly key: KeyObject;
  /** DSA parameters that keys below may inherit. */
  readonly parameters: Buffer | undefined;
}

/** §6.1.4 (d) to (f), §6.1.5 (c) to (e): the next key, with DSA parameters inherited. */
function nextKey(certificate: Certificate, above: WorkingKey | undefined): WorkingKey {
  const { oid, parameters } = certificate.keyAlgorithm;
  if (oid !== dsa) return { key: publicKeyOf(certificate), parameters: undefined };
  if (parameters && parameters[0] === 0x30) return { key: publicKeyOf(certificate), parameters };
  const inherited = above?.parameters;
  if (!inherited) throw new Fault('malformed');
  const spki = derSequence(derSequence(derOid(dsa), inherited), derBits(certificate.keyBits));
  return { key: readPublicKey(spki), parameters: inherited };
}

/**
 * Validates one path by RFC 5280 §6.1, all of it but the state of certificates, which `revocation` judges.
 * Time is an argument. Never throws on what stands in certificates.
 * @param certificates target first, the one that the anchor issued last; without the anchor
 */
export function validatePath(
  certificates: readonly Certificate[],
  anchor: TrustAnchor,
  options: PathOptions,
): ValidPath | InvalidPath {
  let index = certificates.length - 1;
  try {
    const issuerKeys: KeyObject[] = [];
    const walk = startWalk(certificates.length, anchor, options);
    for (; index >= 0; index--)
      issuerKeys.unshift(walk.step(certificates[index] as Certificate, index === 0));
    index = 0;
    const policies = walk.finish(certificates[0]);
    return { ok: true, certificates, issuerKeys, anchor, policies };
  } catch (error) {
    const fault = error instanceof Fault ? error.fault : error instanceof Asn1Error ? 'malformed' : undefined;
    if (!fault) throw error;
    return { ok: false, certificates, anchor, fault, index: Math.max(index, 0) };
  }
}

interface Walk {
  /** @returns the key that verified the certificate */
  step(certificate: Certificate, last: boolean): KeyObject;
  finish(target: Certificate | undefined): ReadonlySet<string>;
}

function startWalk(length: number, anchor: TrustAnchor, options: PathOptions): Walk {
  const { at } = options;
  const accept = options.acceptAlgorithm ?? acceptStrong;
  demand(
    !(anchor.from && at < anchor.from) && !(anchor.until && at > anchor.until),
    'anchor-not-trusted-then',
  );
  const policy = policyState(length, options);
  const names = nameConstraintState();
  // RFC 5937: constraints that stand in the anchor's own certificate bind as well.
  names.add(anchor.certificate.extensions);
  let room = Math.min(length, anchor.certificate.extensions.basicConstraints?.pathLength ?? length);
  let working = nextKey(anchor.certificate, undefined);
  let issuer = anchor.certificate.subject;
  let policies: ReadonlySet<string> = new Set();
  const check = (certificate: Certificate, last: boolean): boolean => {
    const algorithm = signatureAlgorithmOf(certificate.signatureAlgorithm);
    demand(algorithm !== undefined && accept(algorithm, working.key, certificate), 'weak-algorithm');
    demand(at >= certificate.notBefore, 'not-yet-valid');
    demand(at <= certificate.notAfter, 'expired');
    demand(sameName(certificate.issuer, issuer), 'names-do-not-chain');
    demand(verifyLink(certificate, working.key), 'wrong-signature');
    const selfIssued = isSelfIssued(certificate);
    if (!selfIssued || last) demand(names.allows(certificate), 'name-constraints');
    demand(policy.process(certificate.extensions, selfIssued, last), 'policy');
    demand(certificate.extensions.unknownCritical.length === 0, 'unknown-critical-extension');
    return selfIssued;
  };
  return {
    step(certificate, last) {
      const { key } = working;
      const selfIssued = check(certificate, last);
      working = nextKey(certificate, working);
      issuer = certificate.subject;
      const { extensions } = certificate;
      if (last) {
        const found = policy.wrapUp(extensions);
        demand(found !== null, 'policy');
        policies = found as ReadonlySet<string>;
        return key;
      }
      demand(policy.prepare(extensions, selfIssued), 'policy');
      names.add(extensions);
      const { basicConstraints, keyUsage } = extensions;
      demand(certificate.version === 3 && basicConstraints?.ca === true, 'not-a-ca');
      if (!selfIssued) {
        demand(room > 0, 'path-too-long');
        room--;
      }
      room = Math.min(room, basicConstraints?.pathLength ?? room);
      demand(!keyUsage || keyUsage.has('keyCertSign'), 'key-usage');
      return key;
    },
    finish(target) {
      if (target) checkPurpose(target, working.key, options);
      return policies;
    },
  };
}

/** What the relying party asks of the target, besides the path. */
function checkPurpose(target: Certificate, key: KeyObject, options: PathOptions): void {
  const { keyUsage, extendedKeyUsage } = target.extensions;
  const bits = key.asymmetricKeyType?.startsWith('rsa') ? key.asymmetricKeyDetails?.modulusLength : undefined;
  demand(options.acceptAlgorithm !== undefined || bits === undefined || bits >= 2048, 'weak-algorithm');
  const uses = options.keyUsage;
  if (uses && keyUsage)
    demand(
      uses.some((use) => keyUsage.has(use)),
      'key-usage',
    );
  const wanted = options.extendedKeyUsage;
  if (!wanted) return;
  if (extendedKeyUsage) {
    const found = extendedKeyUsage.some((use) => wanted.includes(use) || use === oids.anyExtendedKeyUsage);
    demand(found, 'extended-key-usage');
  } else demand(!options.requireExtendedKeyUsage, 'extended-key-usage');
}

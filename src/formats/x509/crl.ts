import {
  Asn1Error,
  bitsSet,
  booleanOf,
  children,
  cursor,
  integerBytes,
  octetsOf,
  rawBytes,
  readAsn1,
  sequence,
  only,
  smallInteger,
  tags,
  timeOf,
  wholeBits,
  type Asn1,
} from '#formats/asn1';
import { readAlgorithm, type AlgorithmIdentifier } from './algorithms.ts';
import { oids, readExtensions, readPointName, type DistributionPoint, type Extension } from './extensions.ts';
import { nameKey, readGeneralNames, readName, type Name } from './names.ts';

/** CRLReason (RFC 5280 §5.3.1), by number. */
export const revocationReasons = {
  unspecified: 0,
  keyCompromise: 1,
  cACompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  certificateHold: 6,
  removeFromCRL: 8,
  privilegeWithdrawn: 9,
  aACompromise: 10,
} as const;
export type RevocationReason = keyof typeof revocationReasons;
const reasonByNumber = new Map(
  Object.entries(revocationReasons).map(([name, number]) => [number as number, name as RevocationReason]),
);

export function reasonOf(number: number): RevocationReason {
  const reason = reasonByNumber.get(number);
  if (!reason) throw new Asn1Error('bad-value', `CRLReason ${number}`);
  return reason;
}

export interface CrlEntry {
  readonly revokedAt: Date;
  readonly reason: RevocationReason;
  readonly invalidFrom: Date | undefined;
}

export interface IssuingDistributionPoint {
  readonly name: Pick<DistributionPoint, 'fullName' | 'relativeName'> | undefined;
  readonly onlyUserCerts: boolean;
  readonly onlyCaCerts: boolean;
  readonly onlyAttributeCerts: boolean;
  readonly onlySomeReasons: ReadonlySet<number> | undefined;
  readonly indirect: boolean;
}

/** A certificate revocation list. Its entries are read on first use. */
export interface CertificateList {
  readonly der: Buffer;
  readonly tbs: Buffer;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly issuer: Name;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | undefined;
  readonly extensions: readonly Extension[];
  readonly number: bigint | undefined;
  /** BaseCRLNumber of a delta CRL. */
  readonly deltaBase: bigint | undefined;
  readonly authorityKeyIdentifier: Buffer | undefined;
  readonly distributionPoint: IssuingDistributionPoint | undefined;
  /** OIDs of critical extensions, of the list or of an entry, that are not processed: the list may not be used. */
  readonly unknownCritical: readonly string[];
  readonly entryCount: number;
  /** The entry for a certificate. @throws Asn1Error when the entries are malformed */
  find(issuer: Name, serialNumber: Buffer): CrlEntry | undefined;
  readonly signature: Buffer;
}

const crlLimits = { bytes: 64 * 2 ** 20, elements: 8_000_000 };

/** Reads a CRL, complete, delta or indirect (RFC 5280 §5). @throws Asn1Error and nothing else */
export function readCrl(der: Uint8Array): CertificateList {
  const root = readAsn1(der, { rules: 'der', limits: crlLimits });
  const outer = cursor(sequence(root, 'CertificateList'));
  const tbs = outer.next('tbsCertList');
  const signatureAlgorithm = readAlgorithm(outer.next('signatureAlgorithm'));
  const signature = wholeBits(outer.next('signatureValue'));
  outer.end('CertificateList');
  const items = cursor(sequence(tbs, 'TBSCertList'));
  const version = items.optional(tags.integer);
  if (version && smallInteger(version) !== 1) throw new Asn1Error('bad-value', 'CRL version');
  if (!readAlgorithm(items.next('signature')).der.equals(signatureAlgorithm.der))
    throw new Asn1Error('bad-value', 'two different signature algorithms');
  const issuer = readName(items.next('issuer'));
  const thisUpdate = timeOf(items.next('thisUpdate'));
  const next = items.optional(tags.utcTime) ?? items.optional(tags.generalizedTime);
  const revoked = items.optional(tags.sequence);
  const extensionsTag = items.optional(0xa0);
  items.end('TBSCertList');
  const extensions = extensionsTag ? readExtensions(only(extensionsTag, 'crlExtensions')) : [];
  const list = revoked ? children(revoked) : [];
  const distributionPoint = valueOf(extensions, oids.issuingDistributionPoint, readIssuingPoint);
  let entries: Entries | undefined;
  const all = (): Entries => (entries ??= readEntries(list, issuer, distributionPoint?.indirect ?? false));
  return {
    der: rawBytes(root),
    tbs: rawBytes(tbs),
    signatureAlgorithm,
    issuer,
    thisUpdate,
    nextUpdate: next && timeOf(next),
    extensions,
    number: valueOf(extensions, oids.crlNumber, counter),
    deltaBase: valueOf(extensions, oids.deltaCrlIndicator, counter),
    authorityKeyIdentifier: valueOf(extensions, oids.authorityKeyIdentifier, readKeyId),
    distributionPoint,
    get unknownCritical() {
      const own = extensions.filter(({ oid, critical }) => critical && !knownCrlExtensions.has(oid));
      return [...own.map(({ oid }) => oid), ...all().unknownCritical];
    },
    entryCount: list.length,
    find: (certificateIssuer, serialNumber) =>
      all().byKey.get(entryKey(distributionPoint?.indirect ? nameKey(certificateIssuer) : '', serialNumber)),
    signature,
  };
}

const knownCrlExtensions: ReadonlySet<string> = new Set([
  oids.crlNumber,
  oids.deltaCrlIndicator,
  oids.issuingDistributionPoint,
  oids.authorityKeyIdentifier,
  oids.issuerAltName,
  oids.freshestCrl,
  oids.authorityInfoAccess,
]);

function valueOf<T>(extensions: readonly Extension[], oid: string, read: (value: Asn1) => T): T | undefined {
  const found = extensions.find((extension) => extension.oid === oid);
  return found && read(readAsn1(found.value));
}

function counter(value: Asn1): bigint {
  const bytes = integerBytes(value);
  if (bytes.length > 64) throw new Asn1Error('bad-value', 'CRL number');
  return BigInt(`0x${bytes.toString('hex')}`);
}

function readKeyId(value: Asn1): Buffer | undefined {
  const id = cursor(sequence(value, 'AuthorityKeyIdentifier')).optional(0x80);
  return id && octetsOf(id, 0x80);
}

function readIssuingPoint(value: Asn1): IssuingDistributionPoint {
  const items = cursor(sequence(value, 'IssuingDistributionPoint'));
  const name = items.optional(0xa0);
  const flag = (tag: number): boolean => {
    const element = items.optional(tag);
    return element ? booleanOf(element, tag) : false;
  };
  const onlyUserCerts = flag(0x81);
  const onlyCaCerts = flag(0x82);
  const reasons = items.optional(0x83);
  const indirect = flag(0x84);
  const onlyAttributeCerts = flag(0x85);
  items.end('IssuingDistributionPoint');
  return {
    name: name && readPointName(name),
    onlyUserCerts,
    onlyCaCerts,
    onlyAttributeCerts,
    onlySomeReasons: reasons && bitsSet(reasons, 0x83),
    indirect,
  };
}

interface Entries {
  readonly byKey: ReadonlyMap<string, CrlEntry>;
  readonly unknownCritical: readonly string[];
}

const entryKey = (issuer: string, serialNumber: Buffer): string =>
  `${serialNumber.toString('latin1')}|${issuer}`;

function readEntries(list: readonly Asn1[], issuer: Name, indirect: boolean): Entries {
  const byKey = new Map<string, CrlEntry>();
  const unknownCritical: string[] = [];
  // RFC 5280 §5.3.3: an entry without certificateIssuer inherits the one before it.
  let current = indirect ? nameKey(issuer) : '';
  for (const element of list) {
    const items = cursor(sequence(element, 'revokedCertificate'));
    const serialNumber = integerBytes(items.next('userCertificate'));
    const revokedAt = timeOf(items.next('revocationDate'));
    const extensionList = items.optional(tags.sequence);
    items.end('revokedCertificate');
    let reason: RevocationReason = 'unspecified';
    let invalidFrom: Date | undefined;
    for (const { oid, critical, value } of extensionList ? readExtensions(extensionList) : []) {
      if (oid === oids.reasonCode) reason = reasonOf(smallInteger(readAsn1(value), tags.enumerated));
      else if (oid === oids.invalidityDate) invalidFrom = timeOf(readAsn1(value), tags.generalizedTime);
      else if (oid === oids.certificateIssuer && indirect) {
        const [name] = readGeneralNames(readAsn1(value));
        if (name?.type !== 'directory') throw new Asn1Error('bad-value', 'certificateIssuer');
        current = nameKey(name.name);
      } else if (critical) unknownCritical.push(oid);
    }
    byKey.set(entryKey(current, serialNumber), { revokedAt, reason, invalidFrom });
  }
  return { byKey, unknownCritical };
}

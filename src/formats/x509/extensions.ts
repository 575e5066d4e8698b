import {
  Asn1Error,
  bitsSet,
  booleanOf,
  children,
  cursor,
  integerBytes,
  octetsOf,
  oidOf,
  only,
  readAsn1,
  sequence,
  smallInteger,
  tags,
  type Asn1,
} from '#formats/asn1';
import {
  readGeneralName,
  readGeneralNames,
  readRelativeName,
  type GeneralName,
  type RelativeName,
} from './names.ts';

export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  /** Contents of the OCTET STRING. */
  readonly value: Buffer;
}

export const oids = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  issuerAltName: '2.5.29.18',
  basicConstraints: '2.5.29.19',
  crlNumber: '2.5.29.20',
  reasonCode: '2.5.29.21',
  invalidityDate: '2.5.29.24',
  deltaCrlIndicator: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28',
  certificateIssuer: '2.5.29.29',
  nameConstraints: '2.5.29.30',
  crlDistributionPoints: '2.5.29.31',
  certificatePolicies: '2.5.29.32',
  anyPolicy: '2.5.29.32.0',
  policyMappings: '2.5.29.33',
  authorityKeyIdentifier: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extendedKeyUsage: '2.5.29.37',
  freshestCrl: '2.5.29.46',
  inhibitAnyPolicy: '2.5.29.54',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
  subjectInfoAccess: '1.3.6.1.5.5.7.1.11',
  ocspNoCheck: '1.3.6.1.5.5.7.48.1.5',
  ocsp: '1.3.6.1.5.5.7.48.1',
  caIssuers: '1.3.6.1.5.5.7.48.2',
  anyExtendedKeyUsage: '2.5.29.37.0',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  ocspSigning: '1.3.6.1.5.5.7.3.9',
  documentSigning: '1.3.6.1.5.5.7.3.36',
} as const;

/** Bits of keyUsage (RFC 5280 §4.2.1.3). */
export const keyUsages = {
  digitalSignature: 0,
  nonRepudiation: 1,
  keyEncipherment: 2,
  dataEncipherment: 3,
  keyAgreement: 4,
  keyCertSign: 5,
  cRLSign: 6,
  encipherOnly: 7,
  decipherOnly: 8,
} as const;
export type KeyUsage = keyof typeof keyUsages;
const usageByBit = Object.keys(keyUsages) as KeyUsage[];

export interface DistributionPoint {
  readonly fullName: readonly GeneralName[] | undefined;
  readonly relativeName: RelativeName | undefined;
  /** Bits of ReasonFlags; undefined means all reasons. */
  readonly reasons: ReadonlySet<number> | undefined;
  readonly crlIssuer: readonly GeneralName[] | undefined;
}

export interface GeneralSubtree {
  readonly base: GeneralName;
  /** A minimum other than 0, or a maximum: RFC 5280 §4.2.1.10 forbids both. */
  readonly bounded: boolean;
}

export interface CertificateExtensions {
  readonly all: readonly Extension[];
  /** OIDs of critical extensions that this code does not process: a path through them is refused. */
  readonly unknownCritical: readonly string[];
  readonly basicConstraints?: { readonly ca: boolean; readonly pathLength: number | undefined };
  readonly keyUsage?: ReadonlySet<KeyUsage>;
  readonly extendedKeyUsage?: readonly string[];
  readonly subjectKeyIdentifier?: Buffer;
  readonly authorityKeyIdentifier?: Buffer;
  readonly subjectAltName?: readonly GeneralName[];
  readonly nameConstraints?: {
    readonly permitted: readonly GeneralSubtree[];
    readonly excluded: readonly GeneralSubtree[];
  };
  readonly certificatePolicies?: readonly string[];
  readonly policyMappings?: readonly (readonly [issuer: string, subject: string])[];
  readonly policyConstraints?: {
    readonly requireExplicitPolicy: number | undefined;
    readonly inhibitPolicyMapping: number | undefined;
  };
  readonly inhibitAnyPolicy?: number;
  readonly crlDistributionPoints?: readonly DistributionPoint[];
  readonly freshestCrl?: readonly DistributionPoint[];
  readonly ocspUrls?: readonly string[];
  readonly caIssuersUrls?: readonly string[];
  readonly ocspNoCheck?: boolean;
}

/** Extensions (RFC 5280 §4.1.2.9); the same OID twice is refused. */
export function readExtensions(element: Asn1): readonly Extension[] {
  const seen = new Set<string>();
  return sequence(element, 'Extensions').map((entry) => {
    const items = cursor(sequence(entry, 'Extension'));
    const oid = oidOf(items.next('extnID'));
    const flag = items.optional(tags.boolean);
    const value = octetsOf(items.next('extnValue', tags.octetString));
    items.end('Extension');
    if (seen.has(oid)) throw new Asn1Error('bad-value', `extension ${oid} twice`);
    seen.add(oid);
    return { oid, critical: flag ? booleanOf(flag) : false, value };
  });
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

const readers: Readonly<Record<string, (value: Asn1, into: Mutable<CertificateExtensions>) => void>> = {
  [oids.subjectKeyIdentifier]: (value, into) => {
    into.subjectKeyIdentifier = octetsOf(value);
  },
  [oids.authorityKeyIdentifier]: (value, into) => {
    const id = cursor(sequence(value, 'AuthorityKeyIdentifier')).optional(0x80);
    if (id) into.authorityKeyIdentifier = octetsOf(id, 0x80);
  },
  [oids.keyUsage]: (value, into) => {
    into.keyUsage = new Set(
      [...bitsSet(value)].map((bit) => usageByBit[bit]).filter((use) => use !== undefined),
    );
  },
  [oids.extendedKeyUsage]: (value, into) => {
    into.extendedKeyUsage = sequence(value, 'ExtKeyUsage').map((use) => oidOf(use));
  },
  [oids.basicConstraints]: (value, into) => {
    const items = cursor(sequence(value, 'BasicConstraints'));
    const ca = items.optional(tags.boolean);
    const length = items.optional(tags.integer);
    items.end('BasicConstraints');
    const pathLength = length && natural(length, tags.integer);
    into.basicConstraints = { ca: ca ? booleanOf(ca) : false, pathLength };
  },
  [oids.subjectAltName]: (value, into) => {
    sequence(value, 'SubjectAltName');
    into.subjectAltName = readGeneralNames(value);
  },
  [oids.issuerAltName]: (value) => {
    sequence(value, 'IssuerAltName');
  },
  [oids.nameConstraints]: (value, into) => {
    const items = cursor(sequence(value, 'NameConstraints'));
    const permitted = items.optional(0xa0);
    const excluded = items.optional(0xa1);
    items.end('NameConstraints');
    into.nameConstraints = { permitted: readSubtrees(permitted), excluded: readSubtrees(excluded) };
  },
  [oids.certificatePolicies]: (value, into) => {
    const policies = sequence(value, 'CertificatePolicies').map((entry) => {
      const items = cursor(sequence(entry, 'PolicyInformation'));
      return oidOf(items.next('policyIdentifier'));
    });
    if (new Set(policies).size !== policies.length) throw new Asn1Error('bad-value', 'a policy twice');
    into.certificatePolicies = policies;
  },
  [oids.policyMappings]: (value, into) => {
    into.policyMappings = sequence(value, 'PolicyMappings').map((entry) => {
      const items = cursor(sequence(entry, 'PolicyMapping'));
      return [oidOf(items.next('issuerDomainPolicy')), oidOf(items.next('subjectDomainPolicy'))] as const;
    });
  },
  [oids.policyConstraints]: (value, into) => {
    const items = cursor(sequence(value, 'PolicyConstraints'));
    const explicit = items.optional(0x80);
    const mapping = items.optional(0x81);
    items.end('PolicyConstraints');
    into.policyConstraints = {
      requireExplicitPolicy: explicit && natural(explicit, 0x80),
      inhibitPolicyMapping: mapping && natural(mapping, 0x81),
    };
  },
  [oids.inhibitAnyPolicy]: (value, into) => {
    into.inhibitAnyPolicy = natural(value, tags.integer);
  },
  [oids.crlDistributionPoints]: (value, into) => {
    into.crlDistributionPoints = readDistributionPoints(value);
  },
  [oids.freshestCrl]: (value, into) => {
    into.freshestCrl = readDistributionPoints(value);
  },
  [oids.authorityInfoAccess]: (value, into) => {
    const urls: Record<string, string[]> = {};
    for (const entry of sequence(value, 'AuthorityInfoAccess')) {
      const items = cursor(sequence(entry, 'AccessDescription'));
      const method = oidOf(items.next('accessMethod'));
      const place = readGeneralName(items.next('accessLocation'));
      if (place.type === 'uri') (urls[method] ??= []).push(place.value);
    }
    into.ocspUrls = urls[oids.ocsp] ?? [];
    into.caIssuersUrls = urls[oids.caIssuers] ?? [];
  },
  [oids.subjectInfoAccess]: () => {},
  [oids.ocspNoCheck]: (_value, into) => {
    into.ocspNoCheck = true;
  },
};

function natural(element: Asn1, tag: number): number {
  // Larger than any path: RFC 5280 sets no upper bound, and a count that large never binds.
  if (integerBytes(element, tag).length > 4) return 2 ** 31;
  const value = smallInteger(element, tag);
  if (value < 0) throw new Asn1Error('bad-value', 'negative count');
  return value;
}

function readSubtrees(list: Asn1 | undefined): readonly GeneralSubtree[] {
  if (!list) return [];
  return children(list).map((entry) => {
    const items = cursor(sequence(entry, 'GeneralSubtree'));
    const base = readGeneralName(items.next('base'));
    const minimum = items.optional(0x80);
    const maximum = items.optional(0x81);
    items.end('GeneralSubtree');
    return {
      base,
      bounded: maximum !== undefined || (minimum !== undefined && natural(minimum, 0x80) !== 0),
    };
  });
}

/** DistributionPointName: `[0] fullName` or `[1] nameRelativeToCRLIssuer`. */
export function readPointName(element: Asn1): Pick<DistributionPoint, 'fullName' | 'relativeName'> {
  const choice = only(element, 'DistributionPointName');
  if (choice.tag === 0xa0) return { fullName: readGeneralNames(choice), relativeName: undefined };
  if (choice.tag === 0xa1) return { fullName: undefined, relativeName: readRelativeName(choice) };
  throw new Asn1Error('unexpected-element', 'DistributionPointName');
}

function readDistributionPoints(value: Asn1): readonly DistributionPoint[] {
  return sequence(value, 'CRLDistributionPoints').map((entry) => {
    const items = cursor(sequence(entry, 'DistributionPoint'));
    const name = items.optional(0xa0);
    const reasons = items.optional(0x81);
    const issuer = items.optional(0xa2);
    items.end('DistributionPoint');
    return {
      ...(name ? readPointName(name) : { fullName: undefined, relativeName: undefined }),
      reasons: reasons && bitsSet(reasons, 0x81),
      crlIssuer: issuer && readGeneralNames(issuer),
    };
  });
}

/** Decodes the extensions of a certificate that RFC 5280 names. */
export function decodeExtensions(all: readonly Extension[]): CertificateExtensions {
  const unknownCritical: string[] = [];
  const into: Mutable<CertificateExtensions> = { all, unknownCritical };
  for (const { oid, critical, value } of all) {
    const reader = readers[oid];
    if (reader) reader(readAsn1(value), into);
    else if (critical) unknownCritical.push(oid);
  }
  return into;
}

import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  makeName,
  oids,
  type CertificateRequest,
  type Name,
  type NameAttributeType,
  type SignatureAlgorithm,
} from '#formats/x509';

export type KeyType = 'p-256' | 'p-384' | 'rsa-2048' | 'rsa-3072' | 'rsa-4096' | 'ed25519';

export interface IssueOptions {
  /** Default `p-256`. */
  readonly keyType?: KeyType;
  /** RSA-PSS, say, instead of the key's default. */
  readonly algorithm?: SignatureAlgorithm;
  /** Default: one minute before now. */
  readonly notBefore?: Date;
  /** Default: three years from now, never past the issuing CA. */
  readonly notAfter?: Date;
}

export interface OfficerRequest extends IssueOptions {
  readonly commonName: string;
  readonly organisation: string;
  readonly title?: string;
  /** From the largest unit to the smallest. */
  readonly units?: readonly string[];
  readonly uid?: string;
  readonly email?: string;
}

export interface SealRequest extends IssueOptions {
  readonly organisation: string;
  /** Code of the organisation, e.g. `H53.03`. */
  readonly code: string;
}

export interface ServerRequest extends IssueOptions {
  readonly commonName: string;
  readonly organisation?: string;
  readonly dnsNames?: readonly string[];
}

export const keyMakers: Readonly<
  Record<KeyType, () => { readonly privateKey: KeyObject; readonly publicKey: KeyObject }>
> = {
  'p-256': () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'p-384': () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  'rsa-2048': () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'rsa-3072': () => generateKeyPairSync('rsa', { modulusLength: 3072 }),
  'rsa-4096': () => generateKeyPairSync('rsa', { modulusLength: 4096 }),
  ed25519: () => generateKeyPairSync('ed25519'),
};

type Subject = readonly (readonly [NameAttributeType, string | undefined])[];
/** A name of the attributes that are there, in order. */
export function subject(parts: Subject): Name {
  return makeName(
    parts.filter(
      (part): part is readonly [NameAttributeType, string] => part[1] !== undefined && part[1] !== '',
    ),
  );
}

/** What a kind of certificate says, but for key and dates. */
export type Profile = Omit<CertificateRequest, 'publicKey' | 'notBefore' | 'notAfter'>;

export function officerProfile(request: OfficerRequest): Profile {
  const { commonName, title, organisation, units = [], uid, email } = request;
  return {
    subject: subject([
      ['C', 'VN'],
      ['O', organisation],
      ...units.map((unit) => ['OU', unit] as const),
      ['title', title],
      ['CN', commonName],
      ['UID', uid],
    ]),
    keyUsage: ['digitalSignature', 'nonRepudiation'],
    extendedKeyUsage: [oids.documentSigning, oids.emailProtection],
    ...(email ? { subjectAltName: [{ type: 'email', value: email }] } : {}),
  };
}

export function sealProfile({ organisation, code }: SealRequest): Profile {
  return {
    subject: subject([
      ['C', 'VN'],
      ['O', organisation],
      ['organizationIdentifier', code],
      ['CN', organisation],
    ]),
    keyUsage: ['digitalSignature', 'nonRepudiation'],
    extendedKeyUsage: [oids.documentSigning, oids.emailProtection],
  };
}

export function serverProfile(request: ServerRequest, authority: string): Profile {
  const names = request.dnsNames ?? [request.commonName];
  return {
    subject: subject([
      ['C', 'VN'],
      ['O', request.organisation ?? authority],
      ['CN', request.commonName],
    ]),
    keyUsage: ['digitalSignature'],
    extendedKeyUsage: [oids.serverAuth, oids.clientAuth],
    subjectAltName: names.map((value) => ({ type: 'dns', value })),
  };
}

import type { KeyObject } from 'node:crypto';
import { Asn1Error } from '#formats/asn1';
import {
  isIssuerOf,
  issueCertificate,
  issueCrl,
  issueOcspResponse,
  ocspFailure,
  oids,
  randomSerial,
  readOcspRequest,
  serialHex,
  type Certificate,
  type CertificateList,
  type CertificateRequest,
  type Name,
  type OcspAnswer,
  type OcspCertId,
  type RevocationReason,
} from '#formats/x509';
import {
  restoreState,
  storeState,
  type AuthorityKey,
  type AuthorityState,
  type AuthorityUrls,
  type StoredAuthority,
} from './authorityState.ts';
import {
  keyMakers,
  officerProfile,
  sealProfile,
  serverProfile,
  subject,
  type IssueOptions,
  type KeyType,
  type OfficerRequest,
  type Profile,
  type SealRequest,
  type ServerRequest,
} from './authorityProfiles.ts';
import { HttpFault } from './http.ts';
import type { RevocationFetch } from './revocation/index.ts';
import { keySigner, type Signer } from './signer.ts';
import { answerTimestamp } from './tsa.ts';
import { localTimestamps, type TimestampSource } from './tsp.ts';

export interface TestAuthorityOptions {
  /** A fixed moment, or a clock. */
  readonly now: Date | (() => Date);
  /** Who runs the trial; part of every name. */
  readonly organisation: string;
  /** Where relying parties fetch the state of certificates; absent ones are not written into certificates. */
  readonly urls?: AuthorityUrls;
  /** Of the authority's own keys. Default `p-256`. */
  readonly keyType?: KeyType;
}

/** A fresh key with its certificate. The authority keeps the serial number, never the key. */
export interface IssuedKey {
  readonly key: KeyObject;
  readonly certificate: Certificate;
  /** Certificate, issuing CA, root. */
  readonly chain: readonly Certificate[];
  readonly signer: Signer;
}

export interface TestAuthority {
  readonly root: Certificate;
  readonly issuing: Certificate;
  readonly tsa: Certificate;
  readonly ocspResponder: Certificate;
  issueOfficer(request: OfficerRequest): IssuedKey;
  issueSeal(request: SealRequest): IssuedKey;
  issueServer(request: ServerRequest): IssuedKey;
  /** Revokes by serial number: hex, or the certificate. Later calls for the same serial number replace the entry. */
  revoke(serial: string | Certificate, reason: RevocationReason, at?: Date): void;
  /** The issuing CA's CRL as of now, good for a day. Each call takes a number. */
  currentCrl(): CertificateList;
  /** The root's CRL: the state of the issuing CA. */
  currentRootCrl(): CertificateList;
  /** DER of OCSPResponse; never throws on what the requester sent. */
  answerOcsp(requestDer: Uint8Array): Buffer;
  /** DER of TimeStampResp; never throws on what the requester sent. */
  timestamp(requestDer: Uint8Array): Promise<Buffer>;
  /** The TSA as a port for signing, in process. */
  readonly timestamps: TimestampSource;
  /** Where relying parties ask, as its certificates say. */
  readonly urls: AuthorityUrls;
  /** The states of its certificates as a port, in process: the addresses are those that certificates name. */
  readonly revocation: RevocationFetch;
  /** Everything, private keys included, for `restoreTestAuthority`. */
  toJSON(): StoredAuthority;
}

/** An OID of our own, from a random UUID (X.667). */
export const testTimestampPolicy = '2.25.60081235937906251534143540208330205029';
const day = 86_400_000;
const year = 366 * day;
const trial = 'Chứng thực thử nghiệm Phi Giấy';

const clockOf = (now: Date | (() => Date)): (() => Date) => (typeof now === 'function' ? now : () => now);
const after = (time: Date, milliseconds: number): Date => new Date(time.getTime() + milliseconds);

/**
 * Creates a certificate authority for trials and tests: root, issuing CA, TSA and OCSP responder with fresh keys.
 * Every name says that it is for trial.
 */
export function createTestAuthority(options: TestAuthorityOptions): TestAuthority {
  const clock = clockOf(options.now);
  const now = clock();
  const from = after(now, -day);
  const { organisation, urls = {}, keyType = 'p-256' } = options;
  const name = (role: string): Name =>
    subject([
      ['C', 'VN'],
      ['O', organisation],
      ['CN', `${trial} – ${role}`],
    ]);
  const make = (request: Omit<CertificateRequest, 'publicKey'>, issuer?: AuthorityKey): AuthorityKey => {
    const keys = keyMakers[keyType]();
    const full = { ...request, publicKey: keys.publicKey };
    return { key: keys.privateKey, certificate: issueCertificate(full, issuer ?? { key: keys.privateKey }) };
  };
  const until = (years: number): Pick<CertificateRequest, 'notBefore' | 'notAfter'> => ({
    notBefore: from,
    notAfter: after(from, years * year),
  });
  const caUsage = ['keyCertSign', 'cRLSign'] as const;
  const root = make({ subject: name('Gốc'), ...until(30), ca: {}, keyUsage: caUsage });
  const issuing = make(
    {
      subject: name('Cấp phát'),
      ...until(20),
      ca: { pathLength: 0 },
      keyUsage: caUsage,
      ...(urls.rootCrl ? { crlUrls: [urls.rootCrl] } : {}),
    },
    root,
  );
  const tsa = make(
    {
      subject: name('Dấu thời gian'),
      ...until(15),
      keyUsage: ['digitalSignature', 'nonRepudiation'],
      extendedKeyUsage: [oids.timeStamping],
      extendedKeyUsageCritical: true,
      ...pointers(urls),
    },
    issuing,
  );
  const ocsp = make(
    {
      subject: name('Tra cứu trạng thái'),
      ...until(15),
      keyUsage: ['digitalSignature'],
      extendedKeyUsage: [oids.ocspSigning],
      ocspNoCheck: true,
    },
    issuing,
  );
  const issued = new Set([serialHex(tsa.certificate), serialHex(ocsp.certificate)]);
  return authorityOf(
    { organisation, urls, root, issuing, tsa, ocsp, issued, revoked: new Map(), crlNumber: 0 },
    clock,
  );
}

/**
 * The authority that `toJSON` kept.
 * @throws SigningError `authority-state-malformed`
 */
export function restoreTestAuthority(
  stored: StoredAuthority,
  options: Pick<TestAuthorityOptions, 'now'>,
): TestAuthority {
  return authorityOf(restoreState(stored), clockOf(options.now));
}

function pointers(urls: AuthorityUrls): Pick<CertificateRequest, 'ocspUrls' | 'crlUrls' | 'caIssuersUrls'> {
  return {
    ...(urls.ocsp ? { ocspUrls: [urls.ocsp] } : {}),
    ...(urls.crl ? { crlUrls: [urls.crl] } : {}),
    ...(urls.issuer ? { caIssuersUrls: [urls.issuer] } : {}),
  };
}

function authorityOf(state: AuthorityState, clock: () => Date): TestAuthority {
  const { root, issuing, tsa, ocsp } = state;
  const tsaSigner = keySigner(tsa.key, [tsa.certificate, issuing.certificate]);
  const timestamp = (requestDer: Uint8Array): Promise<Buffer> =>
    answerTimestamp(requestDer, { signer: tsaSigner, policy: testTimestampPolicy, time: clock() });
  const issue = (
    options: IssueOptions,
    request: Omit<CertificateRequest, 'publicKey' | 'notBefore' | 'notAfter'>,
  ) => issueEndEntity(state, clock(), options, request);
  return {
    root: root.certificate,
    issuing: issuing.certificate,
    tsa: tsa.certificate,
    ocspResponder: ocsp.certificate,
    issueOfficer: (request) => issue(request, officerProfile(request)),
    issueSeal: (request) => issue(request, sealProfile(request)),
    issueServer: (request) => issue(request, serverProfile(request, state.organisation)),
    revoke(serial, reason, at = clock()) {
      state.revoked.set(typeof serial === 'string' ? serial.toLowerCase() : serialHex(serial), {
        reason,
        at,
      });
    },
    currentCrl: () => crlOf(state, issuing, clock()),
    currentRootCrl: () => crlOf(state, root, clock()),
    answerOcsp: (requestDer) => answerOcsp(state, requestDer, clock()),
    timestamp,
    timestamps: localTimestamps(timestamp),
    urls: state.urls,
    revocation: localRevocation(state, clock),
    toJSON: () => storeState(state),
  };
}

function localRevocation(state: AuthorityState, clock: () => Date): RevocationFetch {
  const { urls, issuing, root } = state;
  return {
    async ocsp(url, requestDer) {
      if (url !== urls.ocsp) throw new HttpFault(`no answer of ${url}`);
      return answerOcsp(state, requestDer, clock());
    },
    async crl(url) {
      if (url === urls.crl) return crlOf(state, issuing, clock()).der;
      if (url === urls.rootCrl) return crlOf(state, root, clock()).der;
      throw new HttpFault(`no answer of ${url}`);
    },
    async issuer(url) {
      if (url !== urls.issuer) throw new HttpFault(`no answer of ${url}`);
      return issuing.certificate.der;
    },
  };
}

function issueEndEntity(
  state: AuthorityState,
  now: Date,
  options: IssueOptions,
  profile: Profile,
): IssuedKey {
  const { issuing, root } = state;
  const keys = keyMakers[options.keyType ?? 'p-256']();
  const last = issuing.certificate.notAfter;
  const notAfter = options.notAfter ?? after(now, 3 * year);
  const serialNumber = randomSerial();
  const certificate = issueCertificate(
    {
      ...profile,
      ...pointers(state.urls),
      serialNumber,
      publicKey: keys.publicKey,
      notBefore: options.notBefore ?? after(now, -60_000),
      notAfter: notAfter < last ? notAfter : last,
    },
    issuing,
  );
  state.issued.add(serialHex(certificate));
  const chain = [certificate, issuing.certificate, root.certificate];
  return {
    key: keys.privateKey,
    certificate,
    chain,
    signer: keySigner(keys.privateKey, chain, options.algorithm),
  };
}

function crlOf(state: AuthorityState, issuer: AuthorityKey, now: Date): CertificateList {
  const ofRoot = issuer === state.root;
  const own = serialHex(state.issuing.certificate);
  const revoked = [...state.revoked]
    .filter(([serial, { at }]) => (serial === own) === ofRoot && at <= now)
    .map(([serial, { reason, at }]) => ({ serialNumber: Buffer.from(serial, 'hex'), reason, at }));
  state.crlNumber++;
  return issueCrl({ thisUpdate: now, nextUpdate: after(now, day), number: state.crlNumber, revoked }, issuer);
}

function answerOcsp(state: AuthorityState, requestDer: Uint8Array, now: Date): Buffer {
  let request: ReturnType<typeof readOcspRequest>;
  try {
    request = readOcspRequest(requestDer);
  } catch (error) {
    if (error instanceof Asn1Error) return ocspFailure('malformedRequest');
    throw error;
  }
  const { certIds, nonce } = request;
  if (certIds.length === 0 || certIds.length > 100 || (nonce && nonce.length > 128))
    return ocspFailure('malformedRequest');
  const answers = certIds.map((certId): OcspAnswer => ({
    certId: certId.der,
    status: statusOf(state, certId, now),
    thisUpdate: now,
    nextUpdate: after(now, day),
  }));
  if (
    answers.every(({ status }) => status.type === 'unknown') &&
    !certIds.some((id) => isIssuerOf(id, state.issuing.certificate))
  )
    return ocspFailure('unauthorized');
  return issueOcspResponse({ producedAt: now, answers, ...(nonce ? { nonce } : {}) }, state.ocsp).der;
}

function statusOf(state: AuthorityState, id: OcspCertId, now: Date): OcspAnswer['status'] {
  if (!isIssuerOf(id, state.issuing.certificate)) return { type: 'unknown' };
  const serial = id.serialNumber.toString('hex');
  const revocation = state.revoked.get(serial);
  if (revocation && revocation.at <= now) return { type: 'revoked', ...revocation };
  return { type: state.issued.has(serial) ? 'good' : 'unknown' };
}

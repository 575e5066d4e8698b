import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  certificateToPem,
  derCertId,
  buildOcspRequest,
  issueCertificate,
  issueCrl,
  issueOcspResponse,
  makeName,
  oids,
  readOcspResponse,
  type Certificate,
  type CertificateList,
} from '#formats/x509';
import { generateKeyPairSync } from 'node:crypto';
import { createTestAuthority, restoreTestAuthority, type TestAuthority } from '../authority.ts';
import { evaluateCertificate, signingPolicy, timestampingPolicy, type TrustVerdict } from '../evaluate.ts';
import { findPath, type ValidPath } from '../path/index.ts';
import { collectEvidence, httpRevocation, type RevocationEvidence } from './index.ts';

const day = 86_400_000;
const start = new Date('2026-11-24T03:00:00Z');
const plus = (days: number): Date => new Date(start.getTime() + days * day);
const organisation = 'Sở Tư pháp tỉnh Ví Dụ';
let clock = start;
const now = (): Date => clock;

function evidenceOf(authority: TestAuthority): RevocationEvidence {
  return { crls: [authority.currentCrl(), authority.currentRootCrl()] };
}

function judge(
  authority: TestAuthority,
  certificate: Certificate,
  evidence: RevocationEvidence,
  rest: { readonly at?: Date; readonly proven?: boolean; readonly now?: Date } = {},
): TrustVerdict {
  return evaluateCertificate({
    certificate,
    candidates: [authority.issuing],
    anchors: [{ certificate: authority.root }],
    at: clock,
    evidence,
    policy: certificate === authority.tsa ? timestampingPolicy : signingPolicy,
    ...rest,
  });
}

const answer = (verdict: TrustVerdict): string => verdict.subIndication ?? verdict.indication;

test('a certificate passes with current CRLs, and with OCSP for it and a CRL for its issuer', () => {
  clock = start;
  const authority = createTestAuthority({ now, organisation });
  const { certificate } = authority.issueOfficer({ commonName: 'Hoàng Văn Đức', organisation });
  assert.equal(answer(judge(authority, certificate, evidenceOf(authority))), 'TOTAL-PASSED');
  assert.equal(answer(judge(authority, authority.tsa, evidenceOf(authority))), 'TOTAL-PASSED');
  const ocsp = readOcspResponse(
    authority.answerOcsp(buildOcspRequest([derCertId(certificate, authority.issuing)])),
  );
  const evidence = { ocspResponses: [ocsp], crls: [authority.currentRootCrl()] };
  const verdict = judge(authority, certificate, evidence);
  assert.deepEqual(
    verdict.states.map((state) => state.status === 'good' && state.source),
    ['ocsp', 'crl'],
  );
  assert.equal(verdict.indication, 'TOTAL-PASSED');
});

test('S3.4 a certificate that was revoked later is good for a proven time before, and revoked from then on', () => {
  clock = start;
  const authority = createTestAuthority({ now, organisation });
  const { certificate } = authority.issueOfficer({ commonName: 'Vũ Thị Mai', organisation });
  authority.revoke(certificate, 'cessationOfOperation', plus(10));
  clock = plus(20);
  const evidence = evidenceOf(authority);
  assert.equal(
    answer(judge(authority, certificate, evidence, { at: plus(5), proven: true })),
    'TOTAL-PASSED',
  );
  assert.equal(answer(judge(authority, certificate, evidence, { at: plus(11), proven: true })), 'REVOKED');
  const unproven = judge(authority, certificate, evidence);
  assert.equal(answer(unproven), 'REVOKED_NO_POE');
  assert.deepEqual(unproven.reasons[0]?.revokedAt, plus(10));
  assert.equal(unproven.reasons[0]?.revocationReason, 'cessationOfOperation');
});

test('a revoked issuer, a missing state, an expired certificate, a stranger: each has its sub-indication', () => {
  clock = start;
  const authority = createTestAuthority({ now, organisation });
  const { certificate } = authority.issueOfficer({ commonName: 'Bùi Văn Giang', organisation });
  assert.equal(answer(judge(authority, certificate, {})), 'TRY_LATER');
  const stale = evidenceOf(authority);
  clock = plus(3);
  assert.equal(answer(judge(authority, certificate, stale)), 'TRY_LATER');
  assert.equal(answer(judge(authority, certificate, evidenceOf(authority), { now: start })), 'TRY_LATER');
  const late = { at: plus(365 * 5), proven: false };
  assert.equal(answer(judge(authority, certificate, evidenceOf(authority), late)), 'OUT_OF_BOUNDS_NO_POE');
  assert.equal(
    answer(judge(authority, certificate, evidenceOf(authority), { ...late, proven: true })),
    'EXPIRED',
  );
  const early = { at: plus(-30), proven: true };
  assert.equal(answer(judge(authority, certificate, evidenceOf(authority), early)), 'OUT_OF_BOUNDS_NO_POE');
  assert.equal(
    answer(judge(authority, certificate, evidenceOf(authority), { at: plus(-0.5), proven: true })),
    'NOT_YET_VALID',
  );
  authority.revoke(authority.issuing, 'cACompromise', plus(2));
  assert.equal(answer(judge(authority, certificate, evidenceOf(authority))), 'REVOKED_CA_NO_POE');
  const stranger = createTestAuthority({ now, organisation });
  assert.equal(answer(judge(stranger, certificate, evidenceOf(authority))), 'NO_CERTIFICATE_CHAIN_FOUND');
  const server = authority.issueServer({ commonName: 'truc.example' }).certificate;
  assert.equal(answer(judge(authority, server, evidenceOf(authority))), 'CHAIN_CONSTRAINTS_FAILURE');
});

test('a list that was issued after a certificate expired says nothing good of it', () => {
  clock = start;
  const authority = createTestAuthority({ now, organisation });
  const { certificate } = authority.issueOfficer({
    commonName: 'Ngô Văn Hết',
    organisation,
    notAfter: plus(5),
  });
  clock = plus(30);
  const verdict = judge(authority, certificate, evidenceOf(authority), { at: plus(2), proven: true });
  assert.equal(answer(verdict), 'TRY_LATER');
  assert.ok(verdict.reasons.some(({ code }) => code === 'issued-after-expiry'));
});

test('a newer list outweighs an older one, and a hold can be lifted', () => {
  clock = start;
  const authority = createTestAuthority({ now, organisation });
  const { certificate } = authority.issueOfficer({ commonName: 'Lý Thị Khoan', organisation });
  const before = authority.currentCrl();
  authority.revoke(certificate, 'certificateHold', plus(0.1));
  clock = plus(0.2);
  const held = authority.currentCrl();
  const rootCrl = authority.currentRootCrl();
  for (const crls of [
    [before, held, rootCrl],
    [rootCrl, held, before],
  ])
    assert.equal(answer(judge(authority, certificate, { crls })), 'REVOKED_NO_POE');
  const state = authority.toJSON();
  clock = plus(0.3);
  const lifted = restoreTestAuthority({ ...state, revoked: [] }, { now }).currentCrl();
  assert.equal(answer(judge(authority, certificate, { crls: [held, lifted, rootCrl] })), 'TOTAL-PASSED');
});

test('an answer is not believed from a stranger, from a delegate without the purpose, or for another certificate', () => {
  clock = start;
  const authority = createTestAuthority({ now, organisation });
  const stored = authority.toJSON();
  const issuer = { key: stored.issuing.key, certificate: authority.issuing };
  const { certificate } = authority.issueOfficer({ commonName: 'Đinh Văn Lạ', organisation });
  const other = authority.issueOfficer({ commonName: 'Đinh Văn Khác', organisation });
  const answers = [
    { certId: derCertId(certificate, authority.issuing), status: { type: 'good' }, thisUpdate: start },
  ] as const;
  const respond = (responder: Parameters<typeof issueOcspResponse>[1]): RevocationEvidence => ({
    ocspResponses: [issueOcspResponse({ producedAt: start, answers }, responder)],
    crls: [authority.currentRootCrl()],
  });
  assert.equal(answer(judge(authority, certificate, respond(other))), 'TRY_LATER');
  const stranger = createTestAuthority({ now, organisation }).issueServer({ commonName: 'x' });
  assert.equal(answer(judge(authority, certificate, respond(stranger))), 'TRY_LATER');
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const delegate = issueCertificate(
    {
      subject: makeName([['CN', 'Đại diện']]),
      publicKey: keys.publicKey,
      notBefore: start,
      notAfter: plus(9),
      extendedKeyUsage: [oids.ocspSigning],
    },
    { ...issuer, key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey },
  );
  assert.equal(
    answer(judge(authority, certificate, respond({ key: keys.privateKey, certificate: delegate }))),
    'TRY_LATER',
  );
  const forOther = readOcspResponse(
    authority.answerOcsp(buildOcspRequest([derCertId(other.certificate, authority.issuing)])),
  );
  assert.equal(
    answer(judge(authority, certificate, { ocspResponses: [forOther], crls: [authority.currentRootCrl()] })),
    'TRY_LATER',
  );
});

test('a list in the name of the issuer but of another key is not believed', () => {
  clock = start;
  const authority = createTestAuthority({ now, organisation });
  const { certificate } = authority.issueOfficer({ commonName: 'Đinh Văn Thật', organisation });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const forged: CertificateList = issueCrl(
    { thisUpdate: start, nextUpdate: plus(1), number: 99, revoked: [] },
    { key: privateKey, certificate: authority.issuing },
  );
  const verdict = judge(authority, certificate, { crls: [forged, authority.currentRootCrl()] });
  assert.equal(answer(verdict), 'TRY_LATER');
  assert.ok(verdict.reasons.some(({ code }) => code === 'wrong-signature'));
});

test('what the responder of openssl answers is believed: good and revoked', () => {
  clock = new Date();
  const folder = mkdtempSync(join(tmpdir(), 'phigiay-ocsp-'));
  after(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string | Uint8Array): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const authority = createTestAuthority({ now: () => new Date(), organisation });
  const stored = authority.toJSON();
  const good = authority.issueOfficer({ commonName: 'Còn', organisation }).certificate;
  const bad = authority.issueOfficer({ commonName: 'Mất', organisation }).certificate;
  const line = (certificate: Certificate, state: string): string =>
    `${state}\t360101000000Z\t${state === 'R' ? '251101000000Z,keyCompromise' : ''}\t${certificate.serialNumber.toString('hex').toUpperCase()}\tunknown\t/CN=x\n`;
  const index = file('index.txt', line(good, 'V') + line(bad, 'R'));
  const issuing = file('issuing.pem', certificateToPem(authority.issuing));
  const responder = file('ocsp.pem', stored.ocsp.certificate);
  const key = file('ocsp.key', stored.ocsp.key);
  for (const [certificate, status] of [
    [good, 'good'],
    [bad, 'revoked'],
  ] as const) {
    const request = file(
      'request.der',
      buildOcspRequest([derCertId(certificate, authority.issuing)], Buffer.from('0123456789abcdef')),
    );
    execFileSync(
      'openssl',
      [
        'ocsp',
        '-index',
        index,
        '-CA',
        issuing,
        '-rsigner',
        responder,
        '-rkey',
        key,
        '-reqin',
        request,
        '-respout',
        join(folder, 'response.der'),
        '-ndays',
        '1',
      ],
      { stdio: 'pipe' },
    );
    const response = readOcspResponse(readFileSync(join(folder, 'response.der')));
    clock = new Date();
    const verdict = judge(authority, certificate, {
      ocspResponses: [response],
      crls: [authority.currentRootCrl()],
    });
    assert.equal(verdict.states[0]?.status, status);
  }
});

async function serve(listener: RequestListener): Promise<{ readonly url: string; close(): void }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

test('evidence is collected over HTTP: OCSP first, CRL where there is none or it fails, within limits', async () => {
  clock = start;
  let authority: TestAuthority | undefined;
  const asked: string[] = [];
  let ocspWorks = true;
  const listener: RequestListener = async (request, response) => {
    asked.push(request.url ?? '');
    const body = await buffer(request);
    if (request.url === '/ocsp' && !ocspWorks) response.writeHead(503).end();
    else if (request.url === '/ocsp') response.end(authority?.answerOcsp(body));
    else if (request.url === '/issuing.crl') response.end(authority?.currentCrl().der);
    else if (request.url === '/root.crl') response.end(authority?.currentRootCrl().der);
  };
  const server = await serve(listener);
  try {
    const urls = {
      ocsp: `${server.url}/ocsp`,
      crl: `${server.url}/issuing.crl`,
      rootCrl: `${server.url}/root.crl`,
    };
    authority = createTestAuthority({ now, organisation, urls });
    const { certificate } = authority.issueOfficer({ commonName: 'Phan Thị Xa', organisation });
    const path = findPath({
      target: certificate,
      candidates: [authority.issuing],
      anchors: [{ certificate: authority.root }],
      options: { at: clock },
    }) as ValidPath;
    const crlCache = new Map<string, CertificateList>();
    const input = {
      path,
      fetch: httpRevocation({ fetch }),
      candidates: [],
      rules: { at: clock, now: clock },
      crlCache,
    };
    const first = await collectEvidence(input);
    assert.deepEqual([asked, first.failures], [['/ocsp', '/root.crl'], []]);
    assert.equal(answer(judge(authority, certificate, first)), 'TOTAL-PASSED');
    ocspWorks = false;
    asked.length = 0;
    const second = await collectEvidence(input);
    assert.deepEqual(asked, ['/ocsp', '/issuing.crl']);
    assert.equal(second.failures.length, 1);
    assert.equal(answer(judge(authority, certificate, second)), 'TOTAL-PASSED');
    const small = httpRevocation({ fetch, crlBytes: 10 });
    const third = await collectEvidence({ ...input, fetch: small, crlCache: new Map() });
    assert.equal(third.crls.length, 0);
    assert.equal(answer(judge(authority, certificate, third)), 'TRY_LATER');
  } finally {
    server.close();
  }
});

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  digestOfBytes,
  readSignedData,
  readTimestampToken,
  signatureTimestamps,
  verifySigner,
  verifyTimestampToken,
} from '#formats/cms';
import { certificateToPem, displayName, nameToString, readCertificate } from '#formats/x509';
import { createTestAuthority, restoreTestAuthority, signCms } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'phigiay-authority-'));
after(() => rmSync(folder, { recursive: true }));
const file = (name: string, bytes: Uint8Array | string): string => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};
const openssl = (...args: string[]): string =>
  execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

const organisation = 'Sở Nội vụ tỉnh Ví Dụ';
const authority = createTestAuthority({ now: () => new Date(), organisation });
const rsaAuthority = createTestAuthority({ now: () => new Date(), organisation, keyType: 'rsa-2048' });
const content = Buffer.from('Quyết định số 274/QĐ-TTg');

for (const [keyType, from] of [
  ['p-256', authority],
  ['p-384', rsaAuthority],
  ['rsa-2048', rsaAuthority],
  ['rsa-3072', authority],
] as const) {
  test(`openssl strictly verifies what an officer with a key ${keyType} signs and a TSA stamps`, async () => {
    const officer = from.issueOfficer({
      commonName: 'Nguyễn Thị Ánh',
      title: 'Giám đốc',
      organisation,
      uid: 'CCCD:0',
      keyType,
    });
    const algorithm = keyType === 'p-384' ? 'sha384' : 'sha256';
    const cms = await signCms(
      officer.signer,
      { digest: createHash(algorithm).update(content).digest(), digestAlgorithm: algorithm },
      {
        timestamp: (signature) =>
          from.timestamps.timestamp(createHash('sha256').update(signature).digest(), 'sha256'),
      },
    );
    const root = file('root.pem', certificateToPem(from.root));
    const signed = file('signed.der', cms);
    openssl(
      'cms',
      '-verify',
      '-cades',
      '-binary',
      '-inform',
      'DER',
      '-in',
      signed,
      '-content',
      file('content', content),
      '-CAfile',
      root,
      '-x509_strict',
      '-out',
      join(folder, 'out'),
    );
    assert.deepEqual(readFileSync(join(folder, 'out')), content);
    const data = readSignedData(cms);
    const [signer] = data.signers;
    assert.ok(signer);
    const verdict = verifySigner(data, signer, {
      digest: digestOfBytes(content),
      requireSigningCertificate: true,
    });
    assert.deepEqual([verdict.valid, verdict.problems, verdict.warnings], [true, [], []]);
    const [token] = signatureTimestamps(signer);
    assert.ok(token);
    const stamp = verifyTimestampToken(readTimestampToken(token), digestOfBytes(signer.signature));
    assert.deepEqual([stamp.valid, stamp.problems], [true, []]);
    openssl(
      'ts',
      '-verify',
      '-token_in',
      '-in',
      file('token.der', token),
      '-data',
      file('signature', signer.signature),
      '-CAfile',
      root,
      '-untrusted',
      file('issuing.pem', certificateToPem(from.issuing)),
    );
  });
}

test('names of the authority say that it is for trial, and Vietnamese names survive byte for byte', () => {
  for (const certificate of [authority.root, authority.issuing, authority.tsa, authority.ocspResponder])
    assert.match(nameToString(certificate.subject), /Chứng thực thử nghiệm Phi Giấy/);
  const seal = authority.issueSeal({ organisation: 'Ủy ban nhân dân tỉnh Ví Dụ', code: 'H99.01' });
  assert.equal(displayName(seal.certificate.subject).commonName, 'Ủy ban nhân dân tỉnh Ví Dụ');
  assert.ok(seal.certificate.der.includes(Buffer.from('Ủy ban nhân dân tỉnh Ví Dụ')));
  assert.deepEqual(seal.certificate.issuer.der, authority.issuing.subject.der);
});

test('openssl strictly verifies every kind of certificate', () => {
  const root = file('root.pem', certificateToPem(authority.root));
  const issuing = file('issuing.pem', certificateToPem(authority.issuing));
  const kinds = [
    [authority.issueOfficer({ commonName: 'Trần Văn Bình', organisation }).certificate, 'smimesign'],
    [authority.issueSeal({ organisation, code: 'H99' }).certificate, 'smimesign'],
    [authority.issueServer({ commonName: 'truc.vidu.example' }).certificate, 'sslserver'],
    [authority.tsa, 'timestampsign'],
    [authority.ocspResponder, 'ocsphelper'],
  ] as const;
  for (const [certificate, purpose] of kinds)
    openssl(
      'verify',
      '-x509_strict',
      '-purpose',
      purpose,
      '-CAfile',
      root,
      '-untrusted',
      issuing,
      file('leaf.pem', certificateToPem(certificate)),
    );
});

test('a revoked certificate is revoked to openssl, by CRL and by OCSP', () => {
  const good = authority.issueOfficer({ commonName: 'Lê Văn Còn', organisation }).certificate;
  const bad = authority.issueOfficer({ commonName: 'Lê Văn Mất', organisation }).certificate;
  authority.revoke(bad, 'keyCompromise', new Date(Date.now() - 1000));
  const chain = file('chain.pem', certificateToPem(authority.root) + certificateToPem(authority.issuing));
  const issuing = file('issuing.pem', certificateToPem(authority.issuing));
  const pem = (name: string, der: Buffer): string =>
    file(
      name,
      `-----BEGIN X509 CRL-----\n${der.toString('base64').replace(/(.{64})/g, '$1\n')}\n-----END X509 CRL-----\n`,
    );
  const crls = [
    pem('crl.pem', authority.currentCrl().der),
    pem('root-crl.pem', authority.currentRootCrl().der),
  ];
  const check = (certificate: typeof good): string =>
    openssl(
      'verify',
      '-x509_strict',
      '-crl_check_all',
      '-CAfile',
      chain,
      ...crls.flatMap((crl) => ['-CRLfile', crl]),
      file('leaf.pem', certificateToPem(certificate)),
    );
  check(good);
  assert.throws(() => check(bad), /certificate revoked/);
  const ask = (certificate: typeof good): string => {
    const leaf = file('leaf.pem', certificateToPem(certificate));
    openssl('ocsp', '-issuer', issuing, '-cert', leaf, '-reqout', join(folder, 'req.der'), '-no_nonce');
    const answer = authority.answerOcsp(readFileSync(join(folder, 'req.der')));
    return openssl(
      'ocsp',
      '-issuer',
      issuing,
      '-cert',
      leaf,
      '-respin',
      file('resp.der', answer),
      '-CAfile',
      chain,
      '-no_nonce',
    );
  };
  assert.match(ask(good), /: good/);
  assert.match(ask(bad), /: revoked[\s\S]*keyCompromise/);
});

test('the TSA answers what openssl asks, and refuses what it cannot do', async () => {
  const data = file('data', content);
  openssl('ts', '-query', '-data', data, '-sha256', '-cert', '-out', join(folder, 'query.tsq'));
  const reply = file('reply.tsr', await authority.timestamp(readFileSync(join(folder, 'query.tsq'))));
  openssl(
    'ts',
    '-verify',
    '-queryfile',
    join(folder, 'query.tsq'),
    '-in',
    reply,
    '-CAfile',
    file('root.pem', certificateToPem(authority.root)),
    '-untrusted',
    file('issuing.pem', certificateToPem(authority.issuing)),
  );
  openssl('ts', '-query', '-data', data, '-sha1', '-out', join(folder, 'query.tsq'));
  const refusal = file('refusal.tsr', await authority.timestamp(readFileSync(join(folder, 'query.tsq'))));
  assert.match(openssl('ts', '-reply', '-in', refusal, '-text'), /unrecognized or unsupported algorithm/i);
  await assert.doesNotReject(authority.timestamp(Buffer.from('not a request')));
});

test('an authority that was kept as JSON goes on where it stopped', () => {
  const before = createTestAuthority({ now: () => new Date(), organisation });
  const { certificate } = before.issueOfficer({ commonName: 'Phạm Văn Cũ', organisation });
  before.revoke(certificate, 'superseded');
  const restored = restoreTestAuthority(JSON.parse(JSON.stringify(before)), { now: () => new Date() });
  assert.deepEqual(restored.root.der, before.root.der);
  assert.equal(
    restored.currentCrl().find(certificate.issuer, certificate.serialNumber)?.reason,
    'superseded',
  );
  assert.equal(readCertificate(restored.issueSeal({ organisation, code: 'X' }).certificate.der).version, 3);
});

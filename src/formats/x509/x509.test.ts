import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import {
  Asn1Error,
  derBmp,
  derOid,
  derPrintable,
  derSequence,
  derSet,
  derUtf8,
  readAsn1,
  encode,
} from '#formats/asn1';
import {
  attributesOf,
  buildOcspRequest,
  certificateToPem,
  derCertId,
  displayName,
  isWithin,
  issueCertificate,
  issueCrl,
  issueOcspResponse,
  makeName,
  nameToString,
  oids,
  readCertificate,
  readCertificatesPem,
  readCrl,
  readName,
  readOcspRequest,
  readOcspResponse,
  sameName,
  type Name,
} from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'phigiay-x509-'));
after(() => rmSync(folder, { recursive: true }));
const place = (name: string): string => join(folder, name);
const openssl = (...args: string[]): string =>
  execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

const now = new Date('2026-11-24T00:00:00Z');
const later = new Date('2036-11-24T00:00:00Z');
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const root = issueCertificate(
  {
    subject: makeName([
      ['C', 'VN'],
      ['O', 'Ban Cơ yếu thử nghiệm'],
      ['CN', 'Gốc'],
    ]),
    publicKey,
    notBefore: now,
    notAfter: later,
    ca: {},
  },
  { key: privateKey },
);

const name = (...values: readonly Buffer[]): Name =>
  readName(readAsn1(derSequence(...values.map((value) => derSet(derSequence(derOid('2.5.4.3'), value))))));

test('a certificate that openssl made with a Vietnamese name is read byte for byte', () => {
  const subject =
    '/C=VN/O=Ủy ban nhân dân tỉnh Ví Dụ/title=Phó Chủ tịch/CN=Nguyễn Thị Ánh Tuyết/UID=CCCD:001';
  openssl(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-utf8',
    '-subj',
    subject,
    '-keyout',
    place('k.pem'),
    '-out',
    place('c.pem'),
    '-days',
    '30',
    '-addext',
    'subjectAltName=email:anh@vidu.example,DNS:vidu.example,IP:10.0.0.1',
    '-addext',
    'extendedKeyUsage=emailProtection',
  );
  const [certificate] = readCertificatesPem(readFileSync(place('c.pem'), 'utf8'));
  assert.ok(certificate);
  assert.deepEqual(displayName(certificate.subject), {
    commonName: 'Nguyễn Thị Ánh Tuyết',
    title: 'Phó Chủ tịch',
    organisation: 'Ủy ban nhân dân tỉnh Ví Dụ',
    units: [],
    uid: 'CCCD:001',
    organisationIdentifier: undefined,
  });
  assert.ok(certificate.subject.der.includes(Buffer.from('Nguyễn Thị Ánh Tuyết')));
  const node = new X509Certificate(certificate.der);
  assert.equal(
    certificate.serialNumber.toString('hex').toUpperCase().replace(/^00/, ''),
    node.serialNumber.replace(/^00/, ''),
  );
  assert.deepEqual(certificate.notAfter, node.validToDate);
  assert.deepEqual(
    certificate.extensions.subjectAltName?.map(({ type }) => type),
    ['email', 'dns', 'ip'],
  );
  assert.deepEqual(certificate.extensions.extendedKeyUsage, [oids.emailProtection]);
  assert.equal(certificate.extensions.basicConstraints?.ca, true);
  assert.equal(readCertificatesPem(certificateToPem(certificate))[0]?.der.equals(certificate.der), true);
});

test('names are equal by RFC 5280 §7.1: string type, case, white space and NFKC do not matter', () => {
  assert.ok(sameName(name(derUtf8('Bộ  Nội Vụ ')), name(derBmp('bộ nội vụ'))));
  assert.ok(sameName(name(derUtf8('Nguyễn'.normalize('NFD'))), name(derUtf8('NGUYỄN'.normalize('NFC')))));
  assert.ok(sameName(name(derPrintable('ABC')), name(derUtf8('abc'))));
  assert.ok(!sameName(name(derUtf8('Nguyên')), name(derUtf8('Nguyễn'))));
  assert.ok(!sameName(name(derUtf8('a'), derUtf8('b')), name(derUtf8('b'), derUtf8('a'))));
  assert.ok(isWithin(name(derUtf8('a'), derUtf8('b')), name(derUtf8('A'))));
  assert.ok(!isWithin(name(derUtf8('a')), name(derUtf8('a'), derUtf8('b'))));
});

test('two different lists of attributes never compare equal by a trick of separators', () => {
  assert.ok(!sameName(name(derUtf8('a","2.5.4.3="b')), name(derUtf8('a'), derUtf8('b'))));
  assert.ok(!sameName(name(derUtf8('a,2.5.4.3=b')), name(derUtf8('a'), derUtf8('b'))));
  assert.equal(nameToString(name(derUtf8('a, O=b'))), 'CN=a\\, O\\=b');
});

test('attributes that are not text are kept as bytes', () => {
  const odd = name(encode(0x04, Buffer.of(1, 2)));
  assert.deepEqual(attributesOf(odd, 'CN'), ['']);
  assert.equal(nameToString(odd), 'CN=#04020102');
});

test('openssl shows the extensions that are issued here', () => {
  const certificate = issueCertificate(
    {
      subject: makeName([['CN', 'Thử']]),
      publicKey,
      notBefore: now,
      notAfter: new Date('2060-01-01T00:00:00Z'),
      ca: { pathLength: 1 },
      keyUsage: ['keyCertSign', 'cRLSign'],
      policies: ['1.2.3.4'],
      policyMappings: [['1.2.3.4', '1.2.3.5']],
      nameConstraints: {
        permitted: [
          { type: 'dns', value: 'vidu.example' },
          { type: 'directory', name: root.subject },
        ],
        excluded: [{ type: 'ip', value: Buffer.from('0a000000ff000000', 'hex') }],
      },
      ocspUrls: ['http://ca.vidu.example/ocsp'],
      caIssuersUrls: ['http://ca.vidu.example/ca.cer'],
      crlUrls: ['http://ca.vidu.example/ca.crl'],
    },
    { key: privateKey, certificate: root },
  );
  const shown = execFileSync('openssl', ['x509', '-text', '-noout'], {
    input: certificateToPem(certificate),
    encoding: 'utf8',
  });
  for (const part of [
    'pathlen:1',
    'Policy: 1.2.3.4',
    '1.2.3.4:1.2.3.5',
    'DNS:vidu.example',
    'IP:10.0.0.0/255.0.0.0',
    'OCSP - URI:http://ca.vidu.example/ocsp',
    'URI:http://ca.vidu.example/ca.crl',
    '2060 GMT',
    'Certificate Sign, CRL Sign',
  ])
    assert.ok(shown.includes(part), part);
  const { extensions } = readCertificate(certificate.der);
  assert.deepEqual(extensions.policyMappings, [['1.2.3.4', '1.2.3.5']]);
  assert.deepEqual(extensions.ocspUrls, ['http://ca.vidu.example/ocsp']);
  assert.equal(extensions.crlDistributionPoints?.length, 1);
});

test('a CRL comes back, and openssl reads it: reasons, delta, scope', () => {
  const crl = issueCrl(
    {
      thisUpdate: now,
      nextUpdate: later,
      number: 7,
      deltaBase: 5,
      revoked: [
        { serialNumber: Buffer.of(0x12), at: now, reason: 'keyCompromise', invalidFrom: now },
        { serialNumber: Buffer.of(0x13), at: now, reason: 'removeFromCRL' },
      ],
      distributionPoint: { fullName: [{ type: 'uri', value: 'http://x.example/crl' }], onlyUserCerts: true },
    },
    { key: privateKey, certificate: root },
  );
  const back = readCrl(crl.der);
  assert.deepEqual([back.number, back.deltaBase, back.entryCount], [7n, 5n, 2]);
  assert.equal(back.find(root.subject, Buffer.of(0x12))?.reason, 'keyCompromise');
  assert.equal(back.distributionPoint?.onlyUserCerts, true);
  assert.deepEqual(back.unknownCritical, []);
  const pem = `-----BEGIN X509 CRL-----\n${crl.der.toString('base64').replace(/(.{64})/g, '$1\n')}\n-----END X509 CRL-----\n`;
  const shown = execFileSync('openssl', ['crl', '-text', '-noout'], { input: pem, encoding: 'utf8' });
  for (const part of ['Delta CRL Indicator', 'Key Compromise', 'Only User Certificates', 'Invalidity Date'])
    assert.ok(shown.includes(part), part);
});

test('OCSP requests and responses come back, nonce and all', () => {
  const id = derCertId(root, root, 'sha256');
  const request = readOcspRequest(buildOcspRequest([id], Buffer.from('nonce')));
  assert.deepEqual([request.certIds[0]?.der, request.nonce], [id, Buffer.from('nonce')]);
  const status = { type: 'revoked', at: now, reason: 'superseded' } as const;
  const response = issueOcspResponse(
    {
      producedAt: now,
      nonce: Buffer.from('nonce'),
      answers: [{ certId: id, status, thisUpdate: now, nextUpdate: later }],
    },
    { key: privateKey, certificate: root },
  );
  const basic = readOcspResponse(response.der).basic;
  assert.deepEqual(basic?.responses[0]?.status, status);
  assert.deepEqual(basic?.nonce, Buffer.from('nonce'));
});

test('a damaged certificate, CRL or OCSP response throws nothing but its own error', () => {
  const crl = issueCrl(
    {
      thisUpdate: now,
      nextUpdate: later,
      number: 1,
      revoked: [{ serialNumber: Buffer.of(1), at: now, reason: 'superseded' }],
      distributionPoint: { onlyCaCerts: true },
    },
    { key: privateKey, certificate: root },
  );
  const answers = [{ certId: derCertId(root, root), status: { type: 'good' }, thisUpdate: now }] as const;
  const ocsp = issueOcspResponse({ producedAt: now, answers }, { key: privateKey, certificate: root });
  const readers: readonly (readonly [Buffer, (bytes: Buffer) => unknown])[] = [
    [root.der, (bytes) => [readCertificate(bytes).extensions, nameToString(readCertificate(bytes).subject)]],
    [crl.der, (bytes) => [readCrl(bytes).unknownCritical, readCrl(bytes).find(root.subject, Buffer.of(1))]],
    [ocsp.der, (bytes) => readOcspResponse(bytes).basic?.responses],
  ];
  for (const [der, read] of readers) {
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.nat(255), fc.nat(der.length), (at, octet, cut) => {
        const damaged = Buffer.from(der);
        damaged[at] = octet;
        for (const bytes of [damaged, damaged.subarray(0, cut)]) {
          try {
            read(bytes);
          } catch (error) {
            assert.ok(error instanceof Asn1Error, String(error));
          }
        }
      }),
      { numRuns: 1500 },
    );
  }
});

import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { Asn1Error } from '#formats/asn1';
import { prepareSignedAttributes, readSignedData } from '#formats/cms';
import {
  issueCertificate,
  makeName,
  oids,
  readCertificate,
  type Certificate,
  type CertificateRequest,
} from '#formats/x509';
import { findPath, findPaths, validatePath, type PathFault, type PathOptions } from './index.ts';
import { startCost } from '../../../test/support/cost.ts';

const at = new Date('2026-11-24T00:00:00Z');
const before = new Date('2020-01-01T00:00:00Z');
const later = new Date('2036-01-01T00:00:00Z');

interface Holder {
  readonly certificate: Certificate;
  readonly key: KeyObject;
  readonly publicKey: KeyObject;
}

type Changes = Partial<CertificateRequest>;
const caProfile: Changes = { ca: {}, keyUsage: ['keyCertSign', 'cRLSign'] };

function issue(name: string, issuer: Holder | undefined, changes: Changes = {}): Holder {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const subject = makeName([
    ['O', 'Thử nghiệm'],
    ['CN', name],
  ]);
  const request = { subject, publicKey: keys.publicKey, notBefore: before, notAfter: later, ...changes };
  const certificate = issueCertificate(request, issuer ?? { key: keys.privateKey });
  return { certificate, key: keys.privateKey, publicKey: keys.publicKey };
}

const root = issue('Gốc', undefined, caProfile);
const anchor = { certificate: root.certificate };
const options: PathOptions = { at };

/** The fault of the path from a target over authorities to the root, or the policies when it is valid. */
function outcome(chain: readonly Holder[], changes: Partial<PathOptions> = {}): PathFault | 'valid' {
  const path = validatePath(
    chain.map(({ certificate }) => certificate),
    anchor,
    { ...options, ...changes },
  );
  return path.ok ? 'valid' : path.fault;
}

test('a path that keeps to everything is valid, and found among strangers', () => {
  const ca = issue('Cấp phát', root, caProfile);
  const leaf = issue('Người ký', ca);
  assert.equal(outcome([leaf, ca]), 'valid');
  const strangers = Array.from(
    { length: 20 },
    (_, index) => issue(`Lạ ${index}`, undefined, caProfile).certificate,
  );
  const path = findPath({
    target: leaf.certificate,
    candidates: [...strangers, ca.certificate],
    anchors: [anchor],
    options,
  });
  assert.deepEqual(path?.ok && path.certificates, [leaf.certificate, ca.certificate]);
});

test('each rule of RFC 5280 §6.1 refuses by its own name', () => {
  const ca = issue('Cấp phát', root, caProfile);
  assert.equal(outcome([issue('a', ca), issue('b', root, caProfile)]), 'names-do-not-chain');
  const other = issue('Cấp phát', root, caProfile);
  assert.equal(outcome([issue('a', ca), other]), 'wrong-signature');
  assert.equal(outcome([issue('a', root)], { at: new Date('2019-01-01') }), 'not-yet-valid');
  assert.equal(outcome([issue('a', root)], { at: new Date('2040-01-01') }), 'expired');
  const plain = issue('Không phải CA', root);
  assert.equal(outcome([issue('a', plain), plain]), 'not-a-ca');
  const noSign = issue('Không ký', root, { ca: {}, keyUsage: ['cRLSign'] });
  assert.equal(outcome([issue('a', noSign), noSign]), 'key-usage');
  const short = issue('Ngắn', root, { ...caProfile, ca: { pathLength: 0 } });
  const below = issue('Dưới', short, caProfile);
  assert.equal(outcome([issue('a', below), below, short]), 'path-too-long');
  const critical = { extra: [{ oid: '1.2.3.4.5', critical: true, value: Buffer.of(5, 0) }] };
  assert.equal(outcome([issue('a', root, critical)]), 'unknown-critical-extension');
  const broken = { extra: [{ oid: oids.policyConstraints, critical: true, value: Buffer.of(5, 0) }] };
  assert.equal(outcome([issue('a', root, broken)]), 'malformed');
  assert.equal(
    outcome([issue('a', root, { keyUsage: ['keyAgreement'] })], { keyUsage: ['digitalSignature'] }),
    'key-usage',
  );
  const server = issue('a', root, { extendedKeyUsage: [oids.serverAuth] });
  assert.equal(outcome([server], { extendedKeyUsage: [oids.documentSigning] }), 'extended-key-usage');
  assert.equal(outcome([server], { extendedKeyUsage: [oids.serverAuth] }), 'valid');
  const silent = issue('a', root);
  assert.equal(
    outcome([silent], { extendedKeyUsage: [oids.timeStamping], requireExtendedKeyUsage: true }),
    'extended-key-usage',
  );
});

test('an anchor counts only while it was trusted', () => {
  const leaf = issue('a', root).certificate;
  const path = validatePath([leaf], { ...anchor, until: new Date('2025-01-01') }, options);
  assert.equal(!path.ok && path.fault, 'anchor-not-trusted-then');
});

test('small RSA keys are weak, as issuer and as target', () => {
  const keys = generateKeyPairSync('rsa', { modulusLength: 1024 });
  assert.equal(outcome([issue('a', root, { publicKey: keys.publicKey })]), 'weak-algorithm');
});

const constrained = (permitted: NonNullable<Changes['nameConstraints']>): Holder =>
  issue('Hạn chế', root, { ...caProfile, nameConstraints: permitted });
const alt = (...names: NonNullable<Changes['subjectAltName']>): Changes => ({ subjectAltName: names });

test('name constraints hold for directory names, hosts, mail, addresses and URIs', () => {
  const uri = constrained({ permitted: [{ type: 'uri', value: '.vidu.example' }] });
  assert.equal(
    outcome([issue('a', uri, alt({ type: 'uri', value: 'https://a.vidu.example/x' })), uri]),
    'valid',
  );
  assert.equal(
    outcome([issue('a', uri, alt({ type: 'uri', value: 'https://vidu.example/' })), uri]),
    'name-constraints',
  );
  assert.equal(
    outcome([issue('a', uri, alt({ type: 'uri', value: 'https://a.vidu.example@b.example/' })), uri]),
    'name-constraints',
  );
  assert.equal(outcome([issue('a', uri, alt({ type: 'uri', value: 'urn:x:y' })), uri]), 'name-constraints');
  const ip = constrained({ permitted: [{ type: 'ip', value: Buffer.from('0a000000ff000000', 'hex') }] });
  assert.equal(outcome([issue('a', ip, alt({ type: 'ip', value: Buffer.of(10, 1, 2, 3) })), ip]), 'valid');
  assert.equal(
    outcome([issue('a', ip, alt({ type: 'ip', value: Buffer.of(11, 1, 2, 3) })), ip]),
    'name-constraints',
  );
  assert.equal(
    outcome([issue('a', ip, alt({ type: 'ip', value: Buffer.alloc(16) })), ip]),
    'name-constraints',
  );
  const dns = constrained({
    permitted: [{ type: 'dns', value: 'vidu.example' }],
    excluded: [{ type: 'dns', value: 'kho.vidu.example' }],
  });
  assert.equal(outcome([issue('a', dns, alt({ type: 'dns', value: 'WWW.vidu.example' })), dns]), 'valid');
  assert.equal(
    outcome([issue('a', dns, alt({ type: 'dns', value: 'giavidu.example' })), dns]),
    'name-constraints',
  );
  assert.equal(
    outcome([issue('a', dns, alt({ type: 'dns', value: 'kho.vidu.example' })), dns]),
    'name-constraints',
  );
  assert.equal(
    outcome([issue('a', dns, alt({ type: 'dns', value: '*.vidu.example' })), dns]),
    'name-constraints',
  );
  const mail = constrained({ permitted: [{ type: 'email', value: 'vidu.example' }] });
  const mailed = {
    subject: makeName([
      ['O', 'Thử nghiệm'],
      ['emailAddress', 'a@la.example'],
    ]),
  };
  assert.equal(outcome([issue('a', mail, mailed), mail]), 'name-constraints');
  const directory = constrained({
    permitted: [{ type: 'directory', name: makeName([['O', 'THỬ NGHIỆM']]) }],
  });
  assert.equal(outcome([issue('a', directory), directory]), 'valid');
  assert.equal(
    outcome([issue('a', directory, { subject: makeName([['O', 'Khác']]) }), directory]),
    'name-constraints',
  );
});

test('name constraints that would cost millions of comparisons are refused instead', () => {
  const many = Array.from(
    { length: 3000 },
    (_, index) => ({ type: 'dns', value: `n${index}.example` }) as const,
  );
  const ca = constrained({ excluded: many });
  const leaf = issue(
    'a',
    ca,
    alt(...many.map(({ value }) => ({ type: 'dns', value: `x${value}` }) as const)),
  );
  const begun = startCost();
  assert.equal(outcome([leaf, ca]), 'name-constraints');
  assert.ok(begun() < 450);
});

test('policies are mapped, and a mapping of each to each does not grow without bound', () => {
  const policies = Array.from({ length: 60 }, (_, index) => `1.2.3.${index}`);
  const mappings = policies.flatMap((from) => policies.map((to) => [from, to] as const));
  const chain: Holder[] = [];
  for (let depth = 0; depth < 8; depth++) {
    chain.unshift(
      issue(`Tầng ${depth}`, chain[0] ?? root, { ...caProfile, policies, policyMappings: mappings }),
    );
  }
  chain.unshift(issue('a', chain[0], { policies }));
  const begun = startCost();
  assert.equal(
    outcome(chain, { initialExplicitPolicy: true, initialPolicySet: new Set(['1.2.3.7']) }),
    'valid',
  );
  assert.equal(
    outcome(chain, { initialExplicitPolicy: true, initialPolicySet: new Set(['1.2.4']) }),
    'policy',
  );
  assert.ok(begun() < 900);
});

test('cycles of cross-signed authorities end in milliseconds', () => {
  const authorities = Array.from({ length: 12 }, (_, index) => issue(`Vòng ${index}`, undefined, caProfile));
  const cross = authorities.flatMap((subject) =>
    authorities
      .filter((issuer) => issuer !== subject)
      .map((issuer) =>
        issueCertificate(
          {
            subject: subject.certificate.subject,
            publicKey: subject.publicKey,
            notBefore: before,
            notAfter: later,
            ...caProfile,
          },
          issuer,
        ),
      ),
  );
  const leaf = issue('a', authorities[0]);
  const begun = startCost();
  assert.equal(
    findPath({ target: leaf.certificate, candidates: cross, anchors: [anchor], options }),
    undefined,
  );
  assert.ok(begun() < 450, `${begun()} times the hash of 16 MiB`);
});

test('ten thousand intermediates in one CMS end in milliseconds', () => {
  const ca = issue('Cấp phát', root, caProfile);
  const leaf = issue('Người ký', ca);
  const sample = issue('Cấp phát', undefined, caProfile).certificate.der;
  const serialAt = sample.indexOf(issueSerial(sample));
  const many = Array.from({ length: 10_000 }, (_, index) => {
    const der = Buffer.from(sample);
    der.writeUInt32BE(index, serialAt + 8);
    return readCertificate(der);
  });
  const prepared = prepareSignedAttributes({
    digest: Buffer.alloc(32),
    signingCertificate: leaf.certificate,
  });
  const cms = prepared.complete(Buffer.alloc(64), { certificates: many });
  const begun = startCost();
  assert.throws(() => readSignedData(cms), Asn1Error);
  assert.ok(begun() < 450, `refused at ${begun()} times the hash of 16 MiB`);
  const search = startCost();
  const hopeless = { target: leaf.certificate, candidates: many, anchors: [anchor], options };
  assert.equal(findPath(hopeless), undefined);
  assert.ok(search() < 450, `searched at ${search()} times the hash of 16 MiB`);
  const honest = [...many.slice(0, 5000), ca.certificate, ...many.slice(5000)];
  assert.equal(
    findPath({ target: leaf.certificate, candidates: honest, anchors: [anchor], options })?.ok,
    true,
  );
});

function issueSerial(der: Buffer): Buffer {
  return readCertificate(der).serialNumber;
}

test('the search comes to the end of its budget, and a deeper path than allowed is not found', () => {
  const chain: Holder[] = [];
  for (let depth = 0; depth < 12; depth++) chain.unshift(issue(`Sâu ${depth}`, chain[0] ?? root, caProfile));
  const leaf = issue('a', chain[0]);
  const candidates = chain.map(({ certificate }) => certificate);
  const input = { target: leaf.certificate, candidates, anchors: [anchor], options };
  assert.equal(findPath(input), undefined);
  assert.equal(findPath({ ...input, limits: { depth: 16 } })?.ok, true);
  assert.equal([...findPaths({ ...input, limits: { depth: 16, steps: 3 } })].length, 0);
});

test('a trusted certificate is its own path', () => {
  assert.equal(findPath({ target: root.certificate, candidates: [], anchors: [anchor], options })?.ok, true);
});

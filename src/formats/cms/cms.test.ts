import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import { Asn1Error, derExplicit, derInteger, derOid, derSequence, encode } from '#formats/asn1';
import {
  certificateToPem,
  issueCertificate,
  makeName,
  nameToString,
  signBytes,
  type Certificate,
} from '#formats/x509';
import {
  digestOfBytes,
  prepareSignedAttributes,
  readSignedData,
  verifySigner,
  type SignerVerdict,
} from './index.ts';
import { startCost } from '../../../test/support/cost.ts';

const folder = mkdtempSync(join(tmpdir(), 'phigiay-cms-'));
after(() => rmSync(folder, { recursive: true }));
const place = (name: string): string => join(folder, name);
const openssl = (...args: string[]): string =>
  execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

const now = new Date('2026-11-24T00:00:00Z');
const later = new Date('2036-11-24T00:00:00Z');
const content = Buffer.from('Kính gửi: Bộ Nội vụ\r\n');
writeFileSync(place('content'), content);

interface Holder {
  readonly key: KeyObject;
  readonly certificate: Certificate;
}
const ca = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const root = issueCertificate(
  {
    subject: makeName([
      ['C', 'VN'],
      ['O', 'Ban Cơ yếu thử nghiệm'],
      ['CN', 'Gốc ổn định'],
    ]),
    publicKey: ca.publicKey,
    notBefore: now,
    notAfter: later,
    ca: {},
  },
  { key: ca.privateKey },
);
function holder(keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject }): Holder {
  const certificate = issueCertificate(
    {
      subject: makeName([
        ['CN', 'Trần Thị Bích Ngọc'],
        ['title', 'Vụ trưởng'],
      ]),
      publicKey: keys.publicKey,
      notBefore: now,
      notAfter: later,
    },
    { key: ca.privateKey, certificate: root },
  );
  return { key: keys.privateKey, certificate };
}
const ec = holder(generateKeyPairSync('ec', { namedCurve: 'P-256' }));
const rsa = holder(generateKeyPairSync('rsa', { modulusLength: 2048 }));

function keep({ key, certificate }: Holder): void {
  writeFileSync(place('key.pem'), key.export({ format: 'pem', type: 'pkcs8' }));
  writeFileSync(place('cert.pem'), certificateToPem(certificate));
}

function verify(cms: Uint8Array, certificates: readonly Certificate[] = []): SignerVerdict {
  const data = readSignedData(cms, { zeroPadded: true });
  const [signer] = data.signers;
  if (!signer) throw new Asn1Error('unexpected-element', 'no signer');
  return verifySigner(data, signer, { digest: digestOfBytes(content), certificates });
}

function sign({ key, certificate }: Holder, signingTime?: Date): Buffer {
  const prepared = prepareSignedAttributes({
    digest: digestOfBytes(content)('sha256'),
    signingCertificate: certificate,
    ...(signingTime ? { signingTime } : {}),
  });
  return prepared.complete(signBytes(prepared.signatureAlgorithm, key, prepared.tbs), {
    certificates: [root],
  });
}

const kinds: readonly (readonly [string, Holder, readonly string[], readonly string[]])[] = [
  ['CAdES', rsa, ['-cades', '-md', 'sha256'], []],
  [
    'RSA-PSS',
    rsa,
    ['-cades', '-md', 'sha384', '-keyopt', 'rsa_padding_mode:pss', '-keyopt', 'rsa_pss_saltlen:digest'],
    [],
  ],
  ['ECDSA', ec, ['-cades', '-md', 'sha256'], []],
  ['a signer named by key identifier', ec, ['-keyid', '-md', 'sha512'], ['no-signing-certificate-attribute']],
  [
    'content inside, in BER with indefinite lengths',
    rsa,
    ['-cades', '-md', 'sha256', '-nodetach', '-stream', '-indef'],
    [],
  ],
  ['SHA-1, which is weak', rsa, ['-md', 'sha1'], ['no-signing-certificate-attribute', 'weak-algorithm']],
  ['no signed attributes', rsa, ['-noattr', '-nodetach', '-md', 'sha256'], ['no-signed-attributes']],
];
for (const [kind, who, options, warnings] of kinds) {
  test(`what openssl signs verifies: ${kind}`, () => {
    keep(who);
    openssl(
      'cms',
      '-sign',
      '-binary',
      '-in',
      place('content'),
      '-inkey',
      place('key.pem'),
      '-signer',
      place('cert.pem'),
      '-outform',
      'DER',
      '-out',
      place('theirs.der'),
      ...options,
    );
    const verdict = verify(readFileSync(place('theirs.der')));
    assert.deepEqual([verdict.valid, verdict.problems], [true, []]);
    assert.deepEqual([...verdict.warnings].sort(), warnings);
    assert.equal(
      nameToString(verdict.certificate?.subject ?? root.subject),
      'CN=Trần Thị Bích Ngọc, title=Vụ trưởng',
    );
  });
}

test('openssl prints the attributes that are written here', () => {
  writeFileSync(place('ours.der'), sign(rsa, now));
  const shown = openssl('cms', '-cmsout', '-print', '-inform', 'DER', '-in', place('ours.der'));
  for (const part of ['id-smime-aa-signingCertificateV2', 'signingTime', 'messageDigest'])
    assert.ok(shown.includes(part), part);
});

test('a signature completes in a second phase, wherever the key is', () => {
  const prepared = prepareSignedAttributes({
    digest: digestOfBytes(content)('sha256'),
    signingCertificate: ec.certificate,
  });
  const elsewhere = signBytes('ecdsa-sha256', ec.key, Buffer.from(prepared.tbs));
  const cms = prepared.complete(elsewhere, { certificates: [ec.certificate, root] });
  assert.equal(readSignedData(cms).certificateCount, 2);
  assert.ok(verify(cms).valid);
  assert.equal(verify(cms).signingTime, undefined);
});

test('zero octets may follow a structure in a PDF, others may not', () => {
  const cms = sign(ec);
  assert.ok(verify(Buffer.concat([cms, Buffer.alloc(100)])).valid);
  assert.throws(() => readSignedData(Buffer.concat([cms, Buffer.of(0)])), Asn1Error);
  assert.throws(() => verify(Buffer.concat([cms, Buffer.of(0, 1)])), Asn1Error);
});

test('a digest that does not belong to the signature algorithm is refused before signing', () => {
  assert.throws(
    () =>
      prepareSignedAttributes({
        digest: Buffer.alloc(32),
        digestAlgorithm: 'sha256',
        signatureAlgorithm: 'rsa-sha512',
        signingCertificate: rsa.certificate,
      }),
    Asn1Error,
  );
});

test('another content, another certificate, another signature: each is named', () => {
  const data = readSignedData(sign(ec));
  const [signer] = data.signers;
  assert.ok(signer);
  const other = digestOfBytes(Buffer.from('khác'));
  assert.deepEqual(verifySigner(data, signer, { digest: other }).problems, ['message-digest-mismatch']);
  assert.deepEqual(verifySigner(data, signer).problems, ['content-missing']);
  const impostor = holder(generateKeyPairSync('ec', { namedCurve: 'P-256' }));
  const swapped = {
    ...data,
    certificates: [{ ...impostor.certificate, serialNumber: ec.certificate.serialNumber }],
  };
  assert.deepEqual(verifySigner(swapped, signer, { digest: digestOfBytes(content) }).problems, [
    'signing-certificate-mismatch',
  ]);
  assert.deepEqual(
    verifySigner({ ...data, certificates: [] }, signer, { digest: digestOfBytes(content) }).problems,
    ['signer-certificate-missing'],
  );
});

test('no byte of a CMS can be changed and leave it valid without a word', () => {
  const cms = sign(ec, now);
  // The root stands in the CMS too, but no verdict rests on it there: only its anchor copy is trusted.
  const covered = cms.length;
  const start = cms.indexOf(root.der);
  const unharmed = new Set<number>();
  for (let at = 0; at < covered; at++) {
    for (const mask of [0x01, 0x20, 0x80]) {
      const damaged = Buffer.from(cms);
      damaged[at] = (damaged[at] as number) ^ mask;
      try {
        const { valid, warnings } = verify(damaged);
        if (valid && warnings.length === 0) unharmed.add(at);
      } catch (error) {
        assert.ok(error instanceof Asn1Error, String(error));
      }
    }
  }
  const outside = [...unharmed].filter((at) => at < start || at >= start + root.der.length);
  assert.deepEqual(outside, []);
});

test('whatever happens to the bytes, nothing but Asn1Error is thrown', () => {
  const cms = sign(rsa);
  fc.assert(
    fc.property(fc.nat(cms.length - 1), fc.nat(255), fc.nat(cms.length), (at, octet, cut) => {
      const damaged = Buffer.from(cms);
      damaged[at] = octet;
      for (const bytes of [damaged, damaged.subarray(0, cut)]) {
        try {
          verify(bytes);
        } catch (error) {
          assert.ok(error instanceof Asn1Error, String(error));
        }
      }
    }),
    { numRuns: 2000 },
  );
});

test('signed attributes that are not sorted verify as they stand, with a warning', () => {
  const prepared = prepareSignedAttributes({
    digest: createHash('sha256').update(content).digest(),
    signingCertificate: ec.certificate,
  });
  const attributes = readAttributes(prepared.tbs).toReversed();
  const tbs = encode(0x31, ...attributes);
  const cms = prepared.complete(signBytes('ecdsa-sha256', ec.key, tbs));
  const at = cms.indexOf(prepared.tbs.subarray(1));
  tbs.copy(cms, at, 1);
  const verdict = verify(cms);
  assert.deepEqual([verdict.valid, verdict.warnings], [true, ['signed-attributes-not-der']]);
});

function readAttributes(set: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = set.length - contentLength(set); at < set.length;) {
    const length =
      2 +
      (set[at + 1] as number) +
      ((set[at + 1] as number) === 0x81 ? (set[at + 2] as number) - 0x81 + 1 : 0);
    parts.push(set.subarray(at, at + length));
    at += length;
  }
  return parts;
}

function contentLength(set: Buffer): number {
  const first = set[1] as number;
  return first < 0x80 ? first : set.readUIntBE(2, first & 0x7f);
}

test('a bomb of nested or endless structures is refused in milliseconds', () => {
  const begun = startCost();
  let nested: Buffer = derInteger(1);
  for (let depth = 0; depth < 200; depth++) nested = derSequence(nested);
  const bomb = derSequence(derOid('1.2.840.113549.1.7.2'), derExplicit(0, nested));
  assert.throws(() => readSignedData(bomb), Asn1Error);
  assert.throws(() => readSignedData(Buffer.from('3080'.repeat(500_000), 'hex')), Asn1Error);
  const many = encode(0x31, Buffer.alloc(2_000_000, Buffer.from('0500', 'hex')));
  const wide = derSequence(
    derOid('1.2.840.113549.1.7.2'),
    derExplicit(
      0,
      derSequence(derInteger(1), many, derSequence(derOid('1.2.840.113549.1.7.1')), encode(0x31)),
    ),
  );
  assert.throws(() => readSignedData(wide), Asn1Error);
  assert.ok(begun() < 600);
});

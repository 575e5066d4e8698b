import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { constants, createHash, generateKeyPairSync, sign as cryptoSign } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { derExplicit, derInteger, derNull, derOid, derSequence, readAsn1 } from '#formats/asn1';
import { prepareSignedAttributes, readSignedData, verifySigner } from '#formats/cms';
import { documentAt, formFields, openPdf } from '#formats/pdf';
import {
  certificateToPem,
  derDigestAlgorithm,
  derSignatureAlgorithm,
  issueCertificate,
  makeName,
  readAlgorithm,
  signatureAlgorithmOf,
  type DigestAlgorithm,
  type SignatureAlgorithm,
} from '#formats/x509';
import type { KeyType } from './authorityProfiles.ts';
import { unsignedLetter, signingOffice } from './pades/attacks/index.ts';
import { readContainer } from './pades/container.ts';
import { officerSignature } from './pades/acts.ts';
import { signPdf } from './pades/sign.ts';
import { verifyPdf } from './pades/verify.ts';
import { reportText } from './report/index.ts';
import { keySigner, signCms } from './signer.ts';

const folder = mkdtempSync(join(tmpdir(), 'phigiay-algorithms-'));
after(() => rmSync(folder, { recursive: true }));
const put = (name: string, bytes: Uint8Array | string): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};

const now = new Date();
const letter = unsignedLetter();
const office = signingOffice('p-256', now);
const root = put('root.pem', certificateToPem(office.authority.root));
const nss = join(folder, 'nss');
mkdirSync(nss);
execFileSync('certutil', ['-N', '-d', `sql:${nss}`, '--empty-password']);
execFileSync('certutil', ['-A', '-d', `sql:${nss}`, '-n', 'root', '-t', 'CT,C,C', '-i', root]);

/**
 * Every algorithm that is signed with, and whether NSS (pdfsig) can check it: it knows no Ed25519.
 */
const matrix: readonly (readonly [KeyType, SignatureAlgorithm, boolean])[] = [
  ['rsa-2048', 'rsa-sha256', true],
  ['rsa-3072', 'rsa-sha384', true],
  ['rsa-4096', 'rsa-sha512', true],
  ['rsa-2048', 'rsa-pss-sha256', true],
  ['rsa-3072', 'rsa-pss-sha384', true],
  ['rsa-4096', 'rsa-pss-sha512', true],
  ['p-256', 'ecdsa-sha256', true],
  ['p-384', 'ecdsa-sha384', true],
  ['ed25519', 'ed25519', false],
];

for (const [keyType, algorithm, nssKnows] of matrix) {
  test(`${algorithm} with a key ${keyType}: signed as PAdES B-T, verified by us, by openssl${nssKnows ? ' and by pdfsig' : ''}`, async () => {
    const { signer } = office.authority.issueOfficer({
      commonName: 'Nguyễn Thị Thuật Toán',
      organisation: 'Vụ Thử',
      keyType,
      algorithm,
    });
    const pdf = await signPdf(letter, {
      ...officerSignature(letter, { signingTime: now, signerName: 'Nguyễn Thị Thuật Toán' }),
      signer,
      timestamp: office.authority.timestamps,
    });
    const report = await verifyPdf(pdf, office.policy);
    assert.equal(report.indication, 'TOTAL-PASSED', reportText(report).join('\n'));

    const file = openPdf(pdf);
    const field = formFields(documentAt(file)).find((one) => one.type === 'Sig' && one.value !== null);
    assert.ok(field);
    const container = readContainer(file, field);
    const name = `${keyType}-${algorithm}`;
    const data = readSignedData(container.cms, { zeroPadded: true });
    const [signerInfo] = data.signers;
    assert.ok(signerInfo?.signedAttributes);
    // OpenSSL 3.0 asks for a digest with Ed25519 in a CMS and fails: there the signature alone is judged.
    execFileSync(
      'openssl',
      algorithm === 'ed25519'
        ? [
            'pkeyutl',
            '-verify',
            '-rawin',
            '-certin',
            '-inkey',
            put(`${name}.pem`, certificateToPem(signer.certificateChain[0]!)),
          ].concat(
            ['-in', put(`${name}.tbs`, signerInfo.signedAttributes.signedBytes)],
            ['-sigfile', put(`${name}.sig`, signerInfo.signature)],
          )
        : [
            'cms',
            '-verify',
            '-cades',
            '-binary',
            '-inform',
            'DER',
            '-in',
            put(`${name}.der`, container.cms),
          ].concat(
            ['-content', put(`${name}.bin`, Buffer.concat(container.parts)), '-CAfile', root],
            ['-x509_strict', '-purpose', 'any', '-out', '/dev/null'],
          ),
      { stdio: 'pipe' },
    );
    const said = spawnSync('pdfsig', ['-nssdir', `sql:${nss}`, put(`${name}.pdf`, pdf)], {
      encoding: 'utf8',
    });
    if (nssKnows) assert.match(said.stdout, /Signature is Valid\./, said.stdout);

    // One bit of the document, and one of the signature.
    const changed = Buffer.from(pdf);
    changed[200] = (changed[200] as number) ^ 1;
    assert.notEqual((await verifyPdf(changed, office.policy)).indication, 'TOTAL-PASSED');
    const flipped = Buffer.from(signerInfo.signature);
    flipped[flipped.length - 3] = (flipped[flipped.length - 3] as number) ^ 4;
    const source = (digest: string): Buffer =>
      createHash(digest).update(Buffer.concat(container.parts)).digest();
    assert.ok(verifySigner(data, signerInfo, { digest: source }).valid);
    assert.deepEqual(verifySigner(data, { ...signerInfo, signature: flipped }, { digest: source }).problems, [
      'wrong-signature',
    ]);
  });
}

test('a key that is for RSA-PSS only (id-RSASSA-PSS, RFC 4055 §1.2) signs and is verified, by openssl too', async () => {
  const keys = generateKeyPairSync('rsa-pss', {
    modulusLength: 2048,
    hashAlgorithm: 'sha256',
    mgf1HashAlgorithm: 'sha256',
    // Node wants a number where its types say a string.
    saltLength: 32 as unknown as string,
  });
  const certificate = issueCertificate(
    {
      subject: makeName([['CN', 'Chỉ ký PSS']]),
      publicKey: keys.publicKey,
      notBefore: new Date(now.getTime() - 60_000),
      notAfter: new Date(now.getTime() + 86_400_000),
      keyUsage: ['digitalSignature', 'nonRepudiation'],
    },
    { key: keys.privateKey },
  );
  const content = Buffer.from('Kính gửi');
  const digest = createHash('sha256').update(content).digest();
  const signer = keySigner(keys.privateKey, [certificate]);
  assert.equal(signer.algorithm, 'rsa-pss-sha256');
  assert.throws(() => keySigner(keys.privateKey, [certificate], 'rsa-sha256'), /key-does-not-fit/);
  const cms = await signCms(signer, { digest, signingTime: now });
  const data = readSignedData(cms);
  assert.ok(verifySigner(data, data.signers[0]!, { digest: () => digest }).valid);
  execFileSync(
    'openssl',
    ['cms', '-verify', '-cades', '-binary', '-inform', 'DER', '-in', put('pss.der', cms)].concat(
      ['-content', put('pss.bin', content), '-CAfile', put('pss.pem', certificateToPem(certificate))],
      ['-purpose', 'any', '-out', '/dev/null'],
    ),
    { stdio: 'pipe' },
  );
});

const rsaPss = '1.2.840.113549.1.1.10';
const mgf1 = '1.2.840.113549.1.1.8';
const sha = (digest: DigestAlgorithm): Buffer => derDigestAlgorithm(digest);
const pssOf = (...parameters: readonly Uint8Array[]): Buffer =>
  derSequence(derOid(rsaPss), derSequence(...parameters));
const read = (der: Uint8Array): string | undefined => signatureAlgorithmOf(readAlgorithm(readAsn1(der)));

test('the parameters of RSASSA-PSS are checked: digest, mask, salt, trailer (RFC 4055 §3.1, RFC 8017 A.2.3)', () => {
  const hash = derExplicit(0, sha('sha256'));
  const mask = derExplicit(1, derSequence(derOid(mgf1), sha('sha256')));
  const salt = derExplicit(2, derInteger(32));
  assert.equal(read(pssOf(hash, mask, salt)), 'rsa-pss-sha256');
  assert.equal(read(pssOf(hash, mask, salt, derExplicit(3, derInteger(1)))), 'rsa-pss-sha256');
  // Everything absent is SHA-1 with 20 octets: read, so that it can be called weak.
  assert.equal(read(pssOf()), 'rsa-pss-sha1');
  const wrong: Readonly<Record<string, Buffer>> = {
    'no parameters at all': derSequence(derOid(rsaPss)),
    'NULL for parameters': derSequence(derOid(rsaPss), derNull).subarray(),
    'another digest in the mask': pssOf(hash, derExplicit(1, derSequence(derOid(mgf1), sha('sha512'))), salt),
    'a mask that is not MGF1': pssOf(
      hash,
      derExplicit(1, derSequence(derOid('1.2.3.4'), sha('sha256'))),
      salt,
    ),
    'a mask left at its default SHA-1': pssOf(hash, salt),
    'no salt': pssOf(hash, mask, derExplicit(2, derInteger(0))),
    'the default salt of 20 octets': pssOf(hash, mask),
    'a trailer other than 1': pssOf(hash, mask, salt, derExplicit(3, derInteger(2))),
  };
  for (const [what, der] of Object.entries(wrong)) {
    let named: string | undefined;
    try {
      named = read(der);
    } catch (error) {
      assert.equal((error as Error).name, 'Asn1Error', what);
    }
    assert.equal(named, undefined, what);
  }
});

test('identifiers of ECDSA and Ed25519 have no parameters (RFC 5758 §3.2, RFC 8410 §3); those of RSA have NULL', () => {
  for (const algorithm of ['ecdsa-sha256', 'ecdsa-sha384', 'ed25519'] as const) {
    const der = derSignatureAlgorithm(algorithm);
    assert.equal(read(der), algorithm);
    assert.equal(readAlgorithm(readAsn1(der)).parameters, undefined);
    const withNull = derSequence(derOid(readAlgorithm(readAsn1(der)).oid), derNull);
    assert.equal(read(withNull), undefined, algorithm);
  }
  assert.equal(read(derSignatureAlgorithm('rsa-sha256')), 'rsa-sha256');
});

test('a signature whose salt is not as announced does not verify', () => {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const certificate = issueCertificate(
    {
      subject: makeName([['CN', 'Muối khác']]),
      publicKey: keys.publicKey,
      notBefore: now,
      notAfter: new Date(now.getTime() + 86_400_000),
    },
    { key: keys.privateKey },
  );
  const digest = createHash('sha256').update('x').digest();
  const prepared = prepareSignedAttributes({
    digest,
    signingCertificate: certificate,
    signatureAlgorithm: 'rsa-pss-sha256',
  });
  const cms = prepared.complete(
    cryptoSign('sha256', prepared.tbs, {
      key: keys.privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: 64,
    }),
  );
  const data = readSignedData(cms);
  assert.deepEqual(verifySigner(data, data.signers[0]!, { digest: () => digest }).problems, [
    'wrong-signature',
  ]);
});

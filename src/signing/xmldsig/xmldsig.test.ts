import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { certificateToPem } from '#formats/x509';
import { createTestAuthority, type IssuedKey } from '../authority.ts';
import { validationDataFor } from '../ades/validationData.ts';
import type { ValidationReport } from '../report/index.ts';
import { signXml, verifyXml, XmlSignatureError, type SignXmlOptions, type XmlTarget } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'phigiay-xmldsig-'));
after(() => rmSync(folder, { recursive: true }));
const put = (name: string, bytes: Uint8Array | string): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};

const now = new Date();
const authority = createTestAuthority({ now, organisation: 'Văn phòng Thử nghiệm' });
const root = put('root.pem', certificateToPem(authority.root));
const policy = { anchors: [{ certificate: authority.root }], now };
const key = (keyType: 'rsa-2048' | 'p-256' | 'p-384' | 'ed25519' = 'p-256'): IssuedKey =>
  authority.issueOfficer({ commonName: 'Trần Thử Nghiệm', organisation: 'Vụ Thử', keyType });
const officer = key();
const letter = Buffer.from(
  '<?xml version="1.0" encoding="UTF-8"?>\n<?kieu van-ban?>\n<van-ban xmlns="urn:thu" xmlns:k="urn:khac" xml:lang="vi">\n' +
    "  <trich-yeu k:muc='1'>Về việc thử &amp; nghiệm</trich-yeu>\n  <!-- ghi chú -->\n  <so-tien>1000</so-tien>\n</van-ban>\n",
);
const enveloped: XmlTarget = { form: 'enveloped', document: letter };
const sign = (target: XmlTarget = enveloped, options: Partial<SignXmlOptions> = {}): Promise<Uint8Array> =>
  signXml(target, { signer: officer.signer, ...options });
const codes = (report: ValidationReport): string[] =>
  [...report.findings, ...report.signatures.flatMap(({ findings }) => findings)].map(({ code }) => code);
const xmlsec = (xml: Uint8Array, ...more: string[]): string =>
  spawnSync(
    'xmlsec1',
    ['--verify', '--trusted-pem', root, '--id-attr:Id', 'SignedProperties', ...more, put('signed.xml', xml)],
    { encoding: 'utf8' },
  ).stderr;
const edit = (xml: Uint8Array, change: (text: string) => string): Uint8Array => {
  const text = Buffer.from(xml).toString('utf8');
  const changed = change(text);
  assert.notEqual(changed, text, 'the attack must change something');
  return Buffer.from(changed);
};
const refused = (code: string) => (error: unknown) =>
  error instanceof XmlSignatureError && error.code === code;

for (const keyType of ['rsa-2048', 'p-256', 'p-384'] as const) {
  test(`XML-DSig and XAdES with ${keyType} in each canonicalization are valid, and xmlsec1 agrees`, async () => {
    const { signer } = key(keyType);
    for (const canonicalization of ['c14n-1.0', 'c14n-1.1', 'exclusive'] as const) {
      for (const xades of [undefined, { signingTime: now }]) {
        const signed = await sign(enveloped, {
          signer,
          canonicalization,
          ...(xades === undefined ? {} : { xades, timestamp: authority.timestamps }),
        });
        const report = await verifyXml(signed, policy);
        assert.equal(report.indication, 'TOTAL-PASSED', JSON.stringify(codes(report)));
        assert.equal(report.signatures[0]?.level, xades === undefined ? undefined : 'B-T');
        assert.equal(report.signatures[0]?.coversWholeFile, true);
        assert.match(xmlsec(signed), /^OK\n/);
      }
    }
  });
}

test('RSA-PSS and Ed25519 sign and verify', async () => {
  const pss = authority.issueOfficer({
    commonName: 'A',
    organisation: 'B',
    keyType: 'rsa-2048',
    algorithm: 'rsa-pss-sha256',
  });
  for (const { signer } of [pss, key('ed25519')]) {
    const report = await verifyXml(await sign(enveloped, { signer, xades: { signingTime: now } }), policy);
    assert.equal(report.indication, 'TOTAL-PASSED');
    assert.equal(report.signatures[0]?.level, 'B-B');
    assert.equal(report.signatures[0]?.declaredTime?.getTime(), Math.floor(now.getTime() / 1000) * 1000);
  }
});

test('what comes back are the octets that were digested, not the document', async () => {
  const report = await verifyXml(await sign(), policy);
  const [part] = [...report.parts.values()][0] ?? [];
  assert.equal(part?.whole, true);
  const text = Buffer.from(part?.bytes ?? []).toString('utf8');
  assert.match(text, /<so-tien>1000<\/so-tien>/);
  assert.doesNotMatch(text, /Signature|ghi chú/);
});

test('enveloping and detached signatures are valid; files must be handed in, and xmlsec1 agrees', async () => {
  const enveloping = await sign(
    { form: 'enveloping', content: '<x xmlns="urn:x">1</x>' },
    { xades: { signingTime: now } },
  );
  const inner = await verifyXml(enveloping, policy);
  assert.equal(inner.indication, 'TOTAL-PASSED');
  assert.equal(inner.signatures[0]?.coversWholeFile, true);
  assert.match(xmlsec(enveloping, '--id-attr:Id', 'Object'), /^OK\n/);

  const bytes = Buffer.from('nội dung');
  const detached = await sign({ form: 'detached', files: [{ uri: 'a.txt', bytes, mimeType: 'text/plain' }] });
  const external = (uri: string): Uint8Array | undefined => (uri === 'a.txt' ? bytes : undefined);
  assert.equal((await verifyXml(detached, policy, { external })).indication, 'TOTAL-PASSED');
  const missing = await verifyXml(detached, policy);
  assert.deepEqual([missing.indication, missing.subIndication], ['INDETERMINATE', 'SIGNED_DATA_NOT_FOUND']);
  const other = await verifyXml(detached, policy, { external: () => Buffer.from('khác') });
  assert.deepEqual([other.indication, other.subIndication], ['TOTAL-FAILED', 'HASH_FAILURE']);
});

test('a file that xmlsec1 signed is valid here, in all canonicalizations with and without comments', async () => {
  const { key: secret, chain } = key('rsa-2048');
  const keyFile = put('key.pem', secret.export({ type: 'pkcs8', format: 'pem' }));
  const own = put('own.pem', certificateToPem(chain[0] as (typeof chain)[number]));
  const ca = put('ca.pem', certificateToPem(authority.issuing));
  const c14n = [
    'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
    'http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments',
    'http://www.w3.org/2006/12/xml-c14n11',
    'http://www.w3.org/2006/12/xml-c14n11#WithComments',
    'http://www.w3.org/2001/10/xml-exc-c14n#',
    'http://www.w3.org/2001/10/xml-exc-c14n#WithComments',
  ];
  for (const [index, uri] of c14n.entries()) {
    for (const [digest, method] of [
      ['http://www.w3.org/2001/04/xmlenc#sha256', 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'],
      ['http://www.w3.org/2001/04/xmldsig-more#sha384', 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512'],
      ['http://www.w3.org/2000/09/xmldsig#sha1', 'http://www.w3.org/2000/09/xmldsig#rsa-sha1'],
    ] as const) {
      const prefixes = uri.includes('exc')
        ? '<ec:InclusiveNamespaces xmlns:ec="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="k #default"/>'
        : '';
      const template = `<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo><CanonicalizationMethod Algorithm="${uri}"/><SignatureMethod Algorithm="${method}"/><Reference URI=""><Transforms><Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><Transform Algorithm="${uri}">${prefixes}</Transform></Transforms><DigestMethod Algorithm="${digest}"/><DigestValue/></Reference></SignedInfo><SignatureValue/><KeyInfo><X509Data/></KeyInfo></Signature>`;
      const source = put(
        `t${index}.xml`,
        letter.toString('utf8').replace('</van-ban>', `${template}</van-ban>`),
      );
      const out = join(folder, `o${index}.xml`);
      const made = spawnSync(
        'xmlsec1',
        ['--sign', '--privkey-pem', `${keyFile},${own},${ca}`, '--output', out, source],
        {
          encoding: 'utf8',
        },
      );
      assert.equal(made.status, 0, made.stderr);
      const report = await verifyXml(readFileSync(out), policy);
      if (digest.endsWith('sha1')) {
        assert.equal(report.indication, 'INDETERMINATE', 'SHA-1 is read, and weak');
        assert.ok(codes(report).includes('weak-algorithm'));
      } else assert.equal(report.indication, 'TOTAL-PASSED', `${uri} ${JSON.stringify(codes(report))}`);
    }
  }
});

test('flipping any byte never leaves a signature valid over other octets or another signer', async () => {
  const signed = await sign(enveloped, { xades: { signingTime: now }, timestamp: authority.timestamps });
  const essence = async (xml: Uint8Array): Promise<string | undefined> => {
    try {
      const report = await verifyXml(xml, policy);
      if (report.indication !== 'TOTAL-PASSED') return undefined;
      const [signature] = report.signatures;
      const digests = [...report.parts.values()]
        .flat()
        .map(({ bytes }) => createHash('sha256').update(bytes).digest('hex'));
      return JSON.stringify([digests, signature?.certificate, signature?.declaredTime, signature?.timestamp]);
    } catch (error) {
      if (error instanceof XmlSignatureError) return undefined;
      throw error;
    }
  };
  const expected = await essence(signed);
  assert.ok(expected);
  await fc.assert(
    fc.asyncProperty(fc.nat(signed.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
      const changed = Buffer.from(signed);
      changed[at] = (changed[at] as number) ^ mask;
      const found = await essence(changed);
      assert.ok(found === undefined || found === expected, `byte ${at}`);
    }),
    { numRuns: Number(process.env['PHIGIAY_FLIPS'] ?? 400) },
  );
});

const body = (id: string, amount: string): string => `<phan Id="${id}"><so-tien>${amount}</so-tien></phan>`;

test('a signed document that becomes a part of another one is not valid', async () => {
  const signed = await sign({ form: 'enveloped', document: Buffer.from(`<goi>${body('p1', '1000')}</goi>`) });
  const text = Buffer.from(signed).toString('utf8');
  const report = await verifyXml(Buffer.from(`<goi>${body('p2', '9999')}<cho>${text}</cho></goi>`), policy);
  assert.equal(report.indication, 'TOTAL-FAILED', 'URI="" covers the new document, not the old one');
});

/** Signed by xmlsec1 with a reference to one element. */
function elementSigned(): string {
  const issued = key('rsa-2048');
  const pem = [
    put('e.pem', issued.key.export({ type: 'pkcs8', format: 'pem' })),
    put('c.pem', certificateToPem(issued.certificate)),
    put('i.pem', certificateToPem(authority.issuing)),
  ];
  const template = `<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo><CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><Reference URI="#p1"><Transforms><Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></Transforms><DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue/></Reference></SignedInfo><SignatureValue/><KeyInfo><X509Data/></KeyInfo></Signature>`;
  const source = put('e.xml', `<goi>${body('p1', '1000')}${template}</goi>`);
  const out = join(folder, 'es.xml');
  const made = spawnSync(
    'xmlsec1',
    ['--sign', '--id-attr:Id', 'phan', '--privkey-pem', pem.join(','), '--output', out, source],
    { encoding: 'utf8' },
  );
  assert.equal(made.status, 0, made.stderr);
  return readFileSync(out, 'utf8');
}

test('XSW 1-8: no rearrangement of a signed element is valid', async () => {
  const text = elementSigned();
  const honest = await verifyXml(Buffer.from(text), policy);
  assert.equal(honest.signatures[0]?.indication, 'TOTAL-PASSED');
  assert.deepEqual(honest.signatures[0]?.covers, ['phan#p1']);
  assert.equal(honest.indication, 'INDETERMINATE');
  assert.deepEqual(codes(honest), ['unsigned-content']);

  const signature = /<Signature[\s\S]*<\/Signature>/.exec(text)?.[0] ?? '';
  const good = body('p1', '1000');
  const evil = body('p1', '9999');
  const other = body('p2', '9999');
  const inObject = signature.replace('</Signature>', `<Object>${good}</Object></Signature>`);
  const variants: Record<string, string> = {
    'same Id before': `<goi>${evil}${good}${signature}</goi>`,
    'same Id after': `<goi>${good}${evil}${signature}</goi>`,
    'original in Object, same Id': `<goi>${evil}${inObject}</goi>`,
    'original in Object, other Id': `<goi>${other}${inObject}</goi>`,
    'original in a wrapper': `<goi>${other}<them>${good}</them>${signature}</goi>`,
    'original inside the evil one': `<goi><phan Id="p2"><so-tien>9999</so-tien>${good}</phan>${signature}</goi>`,
    'signature inside the evil one': `<goi><phan Id="p2"><so-tien>9999</so-tien>${inObject}</phan></goi>`,
    'signature and original in a wrapper': `<goi>${other}<them>${good}${signature}</them></goi>`,
  };
  for (const [name, xml] of Object.entries(variants)) {
    try {
      const report = await verifyXml(Buffer.from(xml), policy);
      assert.equal(report.indication, 'TOTAL-FAILED', name);
      assert.deepEqual(codes(report), ['wrapped'], name);
      assert.equal([...report.parts.values()].flat().length, 0, name);
    } catch (error) {
      assert.ok(refused('duplicate-id')(error), `${name}: ${String(error)}`);
    }
  }
});

test('comments that cut a text or stand in the signature are refused', async () => {
  const cut = await verifyXml(
    edit(await sign(), (text) => text.replace('1000<', '10<!---->00<')),
    policy,
  );
  assert.deepEqual(codes(cut), ['comment-in-text']);
  for (const name of ['DigestValue', 'SignatureValue', 'X509Certificate']) {
    const cutValue = edit(await sign(), (text) => text.replace(new RegExp(`(</ds:${name}>)`), '<!--x-->$1'));
    assert.deepEqual(codes(await verifyXml(cutValue, policy)), ['comment-in-signature'], name);
  }
});

test('DOCTYPE, entities, double Ids, unbound prefixes and garbage are refused with a code', async () => {
  const signed = await sign();
  const cases: readonly [string, (text: string) => string][] = [
    ['xml-doctype', (text) => text.replace('<van-ban', '<!DOCTYPE van-ban [<!ENTITY x "y">]><van-ban')],
    ['duplicate-id', (text) => text.replace('<so-tien>', '<so-tien Id="a"/><so-tien ID="a">')],
    ['xml-unbound-prefix', (text) => text.replace('<so-tien>', '<la:so-tien/><so-tien>')],
    ['xml-malformed', (text) => text.replace('</so-tien>', '')],
    ['xml-malformed', (text) => text.replace('1000', '&khong-co;')],
    ['xml-too-large', (text) => text.replace('1000', '<a>'.repeat(100) + '</a>'.repeat(100))],
  ];
  for (const [code, change] of cases)
    await assert.rejects(verifyXml(edit(signed, change), policy), refused(code), code);
});

test('XPath, XSLT, HMAC, unknown algorithms and too much of anything are named', async () => {
  const signed = await sign();
  const exc = '<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>';
  const reference =
    /<ds:Reference [\s\S]*?<\/ds:Reference>/.exec(Buffer.from(signed).toString('utf8'))?.[0] ?? '';
  const cases: readonly [string, (text: string) => string][] = [
    [
      'transform-not-allowed',
      (text) => text.replace(exc, '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/>'),
    ],
    [
      'transform-not-allowed',
      (text) => text.replace(exc, '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"/>'),
    ],
    ['transform-not-allowed', (text) => text.replace(exc, exc + exc)],
    ['too-many-transforms', (text) => text.replace(exc, exc.repeat(5))],
    [
      'too-many-references',
      (text) => text.replace(reference, reference.replace(/ Id="[^"]*"/, '').repeat(300)),
    ],
    ['signature-method', (text) => text.replace(/#ecdsa-sha256/, '#ecdsa-md5')],
    ['digest-method', (text) => text.replace(/xmlenc#sha256/, 'xmldsig-more#md5')],
    ['wrong-signature', (text) => text.replace(/#ecdsa-sha256/, '#rsa-sha256')],
    [
      'reference-external',
      (text) =>
        text
          .replace('URI=""', 'URI="http://169.254.169.254/"')
          .replace(/<ds:Transform Algorithm="[^"]*enveloped-signature"\/>/, ''),
    ],
    ['reference-not-found', (text) => text.replace('URI=""', 'URI="#nowhere"')],
    ['structure', (text) => text.replace('</ds:SignedInfo>', '</ds:SignedInfo>text')],
  ];
  for (const [code, change] of cases) {
    const report = await verifyXml(edit(signed, change), policy);
    assert.notEqual(report.indication, 'TOTAL-PASSED');
    assert.deepEqual(codes(report), [code]);
  }
});

test('an HMAC under the public key of the certificate is no signature', async () => {
  const signed = edit(await sign(), (text) => {
    const method = text.replace(
      /(<ds:SignatureMethod Algorithm=")[^"]*/,
      '$1http://www.w3.org/2001/04/xmldsig-more#hmac-sha256',
    );
    const mac = createHmac('sha256', officer.certificate.der).update('x').digest('base64');
    return method.replace(/(<ds:SignatureValue[^>]*>)[^<]*/, `$1${mac}`);
  });
  const report = await verifyXml(signed, policy);
  assert.equal(report.indication, 'TOTAL-FAILED');
  assert.deepEqual(codes(report), ['hmac']);
});

test('a KeyInfo that names another key, another certificate or another serial number is refused', async () => {
  const stranger = key('rsa-2048');
  const jwk = stranger.key.export({ format: 'jwk' });
  const std = (value: string | undefined): string => Buffer.from(value ?? '', 'base64url').toString('base64');
  const value = `<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>${std(jwk.n)}</ds:Modulus><ds:Exponent>${std(jwk.e)}</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>`;
  const plain = await sign();
  const cases: readonly [string, (text: string) => string][] = [
    ['key-info-mismatch', (text) => text.replace('<ds:X509Data>', `${value}<ds:X509Data>`)],
    [
      'key-info-mismatch',
      (text) => text.replace('<ds:X509Data>', '<ds:RetrievalMethod URI="#x"/><ds:X509Data>'),
    ],
    [
      'key-info-mismatch',
      (text) =>
        text.replace(
          '<ds:X509Data>',
          '<ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>CN=x</ds:X509IssuerName><ds:X509SerialNumber>5</ds:X509SerialNumber></ds:X509IssuerSerial>',
        ),
    ],
    [
      'signer-certificate-missing',
      (text) => text.replace(/<ds:X509Certificate>[\s\S]*<\/ds:X509Certificate>/, ''),
    ],
    [
      'wrong-signature',
      (text) =>
        text.replace(/(<ds:X509Certificate>)[^<]*/, `$1${stranger.certificate.der.toString('base64')}`),
    ],
  ];
  for (const [code, change] of cases)
    assert.deepEqual(codes(await verifyXml(edit(plain, change), policy)), [code]);
  const named = await sign(enveloped, { xades: { signingTime: now } });
  const swapped = edit(named, (text) =>
    text.replace(/(<ds:X509Certificate>)[^<]*/, `$1${stranger.certificate.der.toString('base64')}`),
  );
  assert.equal((await verifyXml(swapped, policy)).indication, 'TOTAL-FAILED');
  const unsigned = edit(named, (text) =>
    text.replace('Type="http://uri.etsi.org/01903#SignedProperties"', ''),
  );
  assert.ok(codes(await verifyXml(unsigned, policy)).includes('signed-properties-unsigned'));
});

test('XAdES B-LT carries certificates and their states, and xmlsec1 agrees', async () => {
  const base = 'http://thu.example.vn';
  const urls = { ocsp: `${base}/ocsp`, crl: `${base}/ca.crl`, rootCrl: `${base}/root.crl` };
  const other = createTestAuthority({ now, organisation: 'Thử', urls });
  const { signer } = other.issueOfficer({ commonName: 'A', organisation: 'B', keyType: 'rsa-2048' });
  const anchors = [{ certificate: other.root }];
  const signed = await sign(enveloped, {
    signer,
    xades: { signingTime: now },
    timestamp: other.timestamps,
    evidence: validationDataFor(signer, { anchors, now: () => now, fetch: other.revocation }),
  });
  const report = await verifyXml(signed, { anchors, now, revocation: 'require' });
  assert.equal(report.indication, 'TOTAL-PASSED', JSON.stringify(codes(report)));
  assert.equal(report.signatures[0]?.level, 'B-LT');
  assert.equal(report.signatures[0]?.durability?.selfContained, true);
  const trusted = put('other.pem', certificateToPem(other.root));
  assert.match(xmlsec(signed, '--trusted-pem', trusted), /^OK\n/);
});

test('many nodes, comments or references cost no more than their number', async () => {
  const of = (count: number, node: string): Buffer => Buffer.from(`<a>${node.repeat(count)}</a>`);
  const cost = async (document: Uint8Array): Promise<number> => {
    const signed = await sign({ form: 'enveloped', document });
    const from = process.cpuUsage().user;
    assert.equal((await verifyXml(signed, policy)).indication, 'TOTAL-PASSED');
    return process.cpuUsage().user - from;
  };
  for (const node of ['<b/>', '<!-- x -->']) {
    await cost(of(2000, node));
    const [few, many] = [await cost(of(4000, node)), await cost(of(40_000, node))];
    assert.ok(many < few * 40, `${node}: ten times as many cost ${(many / few).toFixed(1)} times as much`);
  }
});

test('a document without a signature says so', async () => {
  const report = await verifyXml(letter, policy);
  assert.deepEqual([report.unsigned, report.indication], [true, 'INDETERMINATE']);
});

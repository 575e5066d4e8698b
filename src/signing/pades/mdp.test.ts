import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  derExplicit,
  derOid,
  derSequence,
  derSetOf,
  derRetag,
  readAsn1,
  children,
  rawBytes,
} from '#formats/asn1';
import { cmsOids } from '#formats/cms';
import { fillFields, reserveFields } from '#formats/pdf';

import { buildOcspRequest, derCertId, readOcspResponse } from '#formats/x509';
import { reportText } from '../report/index.ts';
import { signCms } from '../signer.ts';
import { authorityAt, unsignedLetter } from './attacks/index.ts';
import { timestampPdf } from './docTimestamp.ts';
import { PadesError } from './errors.ts';
import { completePdfSignature, preparePdfSignature, type PdfSignatureOptions } from './prepare.ts';
import { preparePades, signPdf } from './sign.ts';
import { verifyPdf } from './verify.ts';

const now = new Date();
const { authority } = authorityAt(now);
const issued = authority.issueOfficer({ commonName: 'Trần Thử', organisation: 'Sở Thử' });
const second = authority.issueSeal({ organisation: 'Sở Thử', code: 'H01' });
const policy = { anchors: [{ certificate: authority.root }], now };
const letter = reserveFields(unsignedLetter(), [
  { field: 'ghi_chu', page: 1, rect: [20, 20, 120, 40] },
  { field: 'ky_khac', page: 1, rect: [20, 50, 120, 80] },
]);
const sign = (
  pdf: Uint8Array,
  options: Partial<PdfSignatureOptions>,
  signer = issued.signer,
): Promise<Uint8Array> =>
  signPdf(pdf, { field: 'ky_nguoi_co_tham_quyen', signingTime: now, ...options, signer });

const refusedBy = async (pdf: Uint8Array): Promise<boolean> => {
  const report = await verifyPdf(pdf, policy);
  const [first] = report.signatures;
  assert.equal(first?.changes.length, 1, reportText(report).join('\n'));
  assert.equal(first?.changes[0]?.permitted, report.indication === 'TOTAL-PASSED');
  return report.indication === 'TOTAL-FAILED';
};

for (const [fieldMdp, locked, open] of [
  [{ action: 'All' }, ['so_ky_hieu', 'ghi_chu'], []],
  [{ action: 'Include', fields: ['so_ky_hieu'] }, ['so_ky_hieu'], ['ghi_chu']],
  [{ action: 'Exclude', fields: ['so_ky_hieu'] }, ['ghi_chu'], ['so_ky_hieu']],
] as const satisfies readonly (readonly [
  PdfSignatureOptions['fieldMdp'],
  readonly string[],
  readonly string[],
])[]) {
  test(`FieldMDP ${fieldMdp.action}: what it locks may not be filled, what it leaves may`, async () => {
    const signed = await sign(letter, { fieldMdp });
    assert.equal((await verifyPdf(signed, policy)).signatures[0]?.fieldMdp, fieldMdp.action);
    for (const field of locked) {
      assert.equal(await refusedBy(fillFields(signed, { [field]: '7' })), true, field);
      await assert.rejects(
        sign(signed, { field: 'ky_khac', fill: { [field]: '7' } }, second.signer),
        (error) => error instanceof PadesError && error.code === 'field-locked',
      );
    }
    for (const field of open)
      assert.equal(await refusedBy(fillFields(signed, { [field]: '7' })), false, field);
    // Evidence and document timestamps are never locked out.
    assert.equal(await refusedBy(await timestampPdf(signed, authority.timestamps)), false);
  });
}

test('DocMDP 1 permits evidence only; 2 and 3 permit filling and signing', async () => {
  for (const docMdp of [1, 2, 3] as const) {
    const signed = await sign(letter, { docMdp });
    assert.equal((await verifyPdf(signed, policy)).signatures[0]?.docMdp, docMdp);
    assert.equal(await refusedBy(fillFields(signed, { ghi_chu: '7' })), docMdp === 1);
    assert.equal(await refusedBy(await timestampPdf(signed, authority.timestamps)), false);
    const again = sign(signed, { field: 'ky_khac' }, second.signer);
    if (docMdp === 1)
      await assert.rejects(
        again,
        (error) => error instanceof PadesError && error.code === 'no-changes-allowed',
      );
    else assert.equal(await refusedBy(await again), false);
  }
});

/** An OCSP answer about the signer, and the CRL of the root. */
const state = {
  ocsp: (): Buffer =>
    authority.answerOcsp(buildOcspRequest([derCertId(issued.certificate, authority.issuing)])),
  crl: (): Buffer => authority.currentRootCrl().der,
};
const attribute = (oid: string, value: Uint8Array): Buffer => derSequence(derOid(oid), derSetOf([value]));

/** Puts unsigned attributes into a CMS with one signer that has none. */
function withUnsigned(cms: Buffer, attributes: readonly Buffer[]): Buffer {
  const [type, wrapped] = children(readAsn1(cms));
  const [data] = children(wrapped as NonNullable<typeof wrapped>);
  const parts = children(data as NonNullable<typeof data>);
  const signerInfos = parts.at(-1) as NonNullable<(typeof parts)[number]>;
  const [signer] = children(signerInfos);
  const items = children(signer as NonNullable<typeof signer>).map(rawBytes);
  const longer = derSequence(...items, derRetag(0xa1, derSetOf(attributes)));
  return derSequence(
    rawBytes(type as NonNullable<typeof type>),
    derExplicit(0, derSequence(...parts.slice(0, -1).map(rawBytes), derSetOf([longer]))),
  );
}

test('evidence in the CMS is read: CAdES revocation values (unsigned), Adobe’s archive (signed), CRLs of SignedData', async () => {
  const strict = { ...policy, revocation: 'require' as const };
  const options = { field: 'ky_nguoi_co_tham_quyen', signingTime: now };
  const bare = await sign(letter, {});
  assert.equal((await verifyPdf(bare, strict)).subIndication, 'TRY_LATER');

  const session = preparePades(letter, options, issued.chain, issued.signer.algorithm);
  const signature = await issued.signer.sign(session.tbs);
  const plain = session.complete(signature);
  const text = Buffer.from(plain).toString('latin1');
  const { contents } = session.prepared;
  const hex = text.slice(contents.start + 1, contents.end - 1);
  const padded = Buffer.from(hex, 'hex');
  const cms = padded.subarray(0, 4 + padded.readUInt16BE(2));
  const basic = readOcspResponse(state.ocsp());
  assert.ok(basic.basic);
  const [, bytes] = children(readAsn1(basic.der));
  const [inner] = children(bytes as NonNullable<typeof bytes>);
  const [, response] = children(inner as NonNullable<typeof inner>);
  const basicDer = rawBytes(response as NonNullable<typeof response>).subarray(4);
  const values = derSequence(derExplicit(0, derSequence(state.crl())), derExplicit(1, derSequence(basicDer)));
  const carried = withUnsigned(cms, [attribute(cmsOids.revocationValues, values)]);
  const cades = await verifyPdf(completePdfSignature(session.prepared, carried), strict);
  assert.equal(cades.indication, 'TOTAL-PASSED', reportText(cades).join('\n'));
  assert.equal(cades.signatures[0]?.certificate?.state?.source, 'ocsp');

  const prepared = preparePdfSignature(letter, options);
  const archive = derSequence(
    derExplicit(0, derSequence(state.crl())),
    derExplicit(1, derSequence(state.ocsp())),
  );

  const adobe = await signCms(issued.signer, {
    digest: prepared.digest,
    digestAlgorithm: 'sha256',
    extra: [{ oid: cmsOids.adobeRevocation, value: archive }],
  });
  const acrobat = await verifyPdf(completePdfSignature(prepared, adobe), strict);
  assert.equal(acrobat.indication, 'TOTAL-PASSED', reportText(acrobat).join('\n'));

  const listed = await signCms(
    issued.signer,
    { digest: prepared.digest, digestAlgorithm: 'sha256' },
    { crls: [state.crl(), authority.currentCrl().der] },
  );
  const byList = await verifyPdf(completePdfSignature(prepared, listed), strict);
  assert.equal(byList.signatures[0]?.certificate?.state?.source, 'crl', reportText(byList).join('\n'));
});

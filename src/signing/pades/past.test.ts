import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPolicy, type ValidationPolicy } from '../policy/index.ts';
import { certificateToPem, type RevocationReason } from '#formats/x509';
import type { TestAuthority } from '../authority.ts';
import { clerkReport, reportText, type PdfReport } from '../report/index.ts';
import { officerSignature } from './acts.ts';
import { authorityAt, extend, signedLetter, unsignedLetter } from './attacks/index.ts';
import { documentAt, formFields, openPdf } from '#formats/pdf';
import { readContainer } from './container.ts';
import { timestampPdf } from './docTimestamp.ts';
import { addToSecurityStore } from './dss.ts';
import { signPdf } from './sign.ts';
import { pdfPolicy, type PdfPolicy } from './trust.ts';
import { verifyPdf } from './verify.ts';

const at = (text: string): Date => new Date(`${text}T03:00:00Z`);

/** Trusts these authorities; signers must be known to be good, nobody is asked. */
const trusting = (now: Date, ...authorities: readonly TestAuthority[]): PdfPolicy =>
  pdfPolicy(policyOf(...authorities), { now });

const policyOf = (...authorities: readonly TestAuthority[]): ValidationPolicy =>
  readPolicy({
    name: 'test-1',
    anchors: authorities.map(({ root }) => ({ certificate: certificateToPem(root) })),
  });

const text = (report: PdfReport): string => reportText(report).join('\n');

/** A letter signed in June 2019 with its evidence and an archive timestamp. */
async function archived2019() {
  const { authority, clock } = authorityAt(at('2019-06-24'));
  const signed = await signedLetter(authority, clock.now);
  const lta = await extend(signed.pdf, [authority], clock.now, true);
  return { authority, clock, ...signed, pdf: lta.pdf, unarchived: signed.pdf };
}

const archived = await archived2019();

test('S3.8 in 2030, the authority closed and no network, a B-LTA letter of 2019 is valid by itself', async () => {
  const report = await verifyPdf(archived.pdf, trusting(at('2030-06-24'), archived.authority));
  assert.equal(report.indication, 'TOTAL-PASSED', text(report));
  assert.equal(report.policy, 'test-1');
  const [officer, , stamp] = report.signatures;
  assert.equal(officer?.level, 'B-LTA');
  assert.equal(officer?.certificate?.state?.status, 'good');
  assert.equal(officer?.proof?.by, 'timestamp');
  assert.equal(officer?.durability?.selfContained, true);
  assert.equal(stamp?.role, 'timestamp');
  assert.match(
    text(report),
    /Chứng thư hết hạn lúc .* 2022, sau khi đã ký|hết hạn lúc [\d:]+ ngày \d+\/\d+\/2022/,
  );
  assert.match(text(report), /đến ngày \d+\/\d+\/2034/);
  const bare = await verifyPdf(archived.unarchived, trusting(at('2030-06-24'), archived.authority));
  assert.equal(bare.indication, 'INDETERMINATE');
  assert.match(clerkReport(bare).advice, /hỏi được nơi cấp chứng thư|xin bản kèm đủ bằng chứng/);
  assert.equal(bare.subIndication, 'TRY_LATER', 'without evidence in the file nobody can tell');
});

test('S3.8 in 2040, every certificate of 2019 expired: valid where the archive timestamp was renewed in time', async () => {
  const { authority, clock } = archived;
  const lapsed = await verifyPdf(archived.pdf, trusting(at('2040-01-01'), authority));
  assert.equal(lapsed.indication, 'INDETERMINATE', text(lapsed));
  assert.equal(lapsed.signatures[0]?.subIndication, 'OUT_OF_BOUNDS_NO_POE');
  assert.match(text(lapsed), /không có dấu thời gian lưu trữ nào chứng minh tiếp/);
  assert.match(clerkReport(lapsed).advice, /tìm .* bản đã gia hạn dấu thời gian/);

  clock.now = at('2033-06-01');
  const next = authorityAt(clock.now, 'b');
  const renewed = await extend(archived.pdf, [authority, next.authority], clock.now, true);
  assert.deepEqual(renewed.missing, []);
  const report = await verifyPdf(renewed.pdf, trusting(at('2040-01-01'), authority, next.authority));
  assert.equal(report.indication, 'TOTAL-PASSED', text(report));
  assert.deepEqual(
    report.signatures.map(({ role, level, certificate }) => [role, level, certificate?.state?.status]),
    [
      ['officer', 'B-LTA', 'good'],
      ['organisation', 'B-LTA', 'good'],
      ['timestamp', undefined, 'good'],
      ['timestamp', undefined, 'unknown'],
    ],
  );
  assert.deepEqual(report.signatures[0]?.judgedAt, at('2019-06-24'));
  assert.match(text(report), /đến ngày \d+\/\d+\/2048/);
  const strange = await verifyPdf(renewed.pdf, trusting(at('2040-01-01'), authority));
  assert.equal(strange.indication, 'INDETERMINATE', 'the new authority is not trusted');
});

test('S3.4 revoked later: valid for the day of signing, and said so; revoked before: not valid', async () => {
  const { authority, clock } = authorityAt(at('2019-06-24'));
  const { pdf, officer } = await signedLetter(authority, clock.now);
  const { pdf: lt } = await extend(pdf, [authority], clock.now, false);
  clock.now = at('2020-01-02');
  authority.revoke(officer, 'cessationOfOperation', clock.now);
  clock.now = at('2020-02-01');
  const evidence = { crls: [authority.currentCrl(), authority.currentRootCrl()] };
  const report = await verifyPdf(lt, { ...trusting(clock.now, authority), evidence });
  assert.equal(report.indication, 'TOTAL-PASSED', text(report));
  assert.equal(report.signatures[0]?.later?.[0]?.code, 'revoked-later');
  assert.match(
    text(report),
    /thu hồi lúc 10:00:00 ngày 02\/01\/2020, sau khi đã ký; vào ngày ký nó còn hiệu lực/,
  );
  authority.revoke(officer, 'cessationOfOperation', at('2019-06-01'));
  const backdated = { crls: [authority.currentCrl(), authority.currentRootCrl()] };
  const before = await verifyPdf(lt, { ...trusting(clock.now, authority), evidence: backdated });
  assert.equal(before.indication, 'TOTAL-FAILED');
  assert.equal(before.subIndication, 'REVOKED');
  assert.match(text(before), /đã bị thu hồi lúc 10:00:00 ngày 01\/06\/2019/);
  assert.equal(clerkReport(before).verdict, 'KHÔNG HỢP LỆ');
});

test('without a timestamp a revoked or expired certificate is not enough; the declared time proves nothing', async () => {
  const { authority, clock } = authorityAt(at('2019-06-24'));
  const issued = authority.issueOfficer({ commonName: 'Lê Thử', organisation: 'Sở Thử' });
  const letter = unsignedLetter();
  const pdf = await signPdf(letter, {
    ...officerSignature(letter, { signingTime: clock.now, signerName: 'Lê Thử' }),
    signer: issued.signer,
  });
  const verdictAt = async (now: Date): Promise<string | undefined> => {
    clock.now = now;
    const evidence = { crls: [authority.currentCrl(), authority.currentRootCrl()] };
    return (await verifyPdf(pdf, { ...trusting(now, authority), evidence })).subIndication;
  };
  assert.equal(await verdictAt(at('2019-07-01')), undefined);
  assert.equal(await verdictAt(at('2025-07-01')), 'OUT_OF_BOUNDS_NO_POE');
  authority.revoke(issued.certificate, 'cessationOfOperation', at('2019-08-01'));
  assert.equal(await verdictAt(at('2019-09-01')), 'REVOKED_NO_POE');
});

for (const [reason, expected] of [
  ['superseded', 'TOTAL-PASSED'],
  ['keyCompromise', 'INDETERMINATE'],
] as const satisfies readonly (readonly [RevocationReason, string])[]) {
  test(`a time-stamping authority revoked as ${reason} leaves its earlier tokens ${expected}`, async () => {
    const { authority, clock } = authorityAt(at('2019-06-24'));
    const { pdf } = await signedLetter(authority, clock.now);
    const { pdf: lt } = await extend(pdf, [authority], clock.now, false);
    clock.now = at('2020-01-02');
    authority.revoke(authority.tsa, reason, clock.now);
    clock.now = at('2020-02-01');
    const evidence = { crls: [authority.currentCrl(), authority.currentRootCrl()] };
    const policy = { ...trusting(clock.now, authority), requireTimestamp: true, evidence };
    const report = await verifyPdf(lt, policy);
    assert.equal(report.indication, expected, text(report));
    // An archive timestamp from before the revocation carries the proof on.
    if (reason !== 'keyCompromise') return;
    const other = authorityAt(at('2019-07-01'), 'b');
    const kept = await extend(lt, [authority, other.authority], at('2019-07-01'), true);
    const later = await verifyPdf(kept.pdf, { ...trusting(clock.now, authority, other.authority), evidence });
    assert.equal(later.indication, 'TOTAL-PASSED', text(later));
  });
}

test('evidence that only appears after its authority has expired proves nothing', async () => {
  const { authority, clock } = authorityAt(at('2019-06-24'));
  const { pdf } = await signedLetter(authority, clock.now);
  // Kept outside the file for twenty years, then put in: its authority ended in 2039.
  const kept = { crls: [authority.currentCrl(), authority.currentRootCrl()] };
  const file = openPdf(pdf);
  const contents = formFields(documentAt(file))
    .filter((field) => field.type === 'Sig' && field.value !== null)
    .map((field) => readContainer(file, field).dict.entries.get('Contents') as { bytes: Uint8Array });
  const late = authorityAt(at('2039-12-01'), 'late');
  const other = authorityAt(at('2026-06-24'), 'b');
  const early = await timestampPdf(pdf, other.authority.timestamps);
  const filled = addToSecurityStore(early, [
    {
      contents: (contents[0] as { bytes: Uint8Array }).bytes,
      certificates: [],
      ocspResponses: [],
      crls: kept.crls.map(({ der }) => der),
    },
  ]);
  const stamped = await timestampPdf(filled, late.authority.timestamps);
  const policy = trusting(at('2033-12-01'), authority, other.authority);
  assert.equal(
    (await verifyPdf(filled, policy)).indication,
    'TOTAL-PASSED',
    'in 2033 the authority was there',
  );
  const after = trusting(at('2040-01-01'), authority, other.authority, late.authority);
  const report = await verifyPdf(stamped, after);
  assert.equal(report.subIndication, 'REVOCATION_OUT_OF_BOUNDS_NO_POE', text(report));
  other.clock.now = at('2038-12-01');
  const inTime = await timestampPdf(filled, other.authority.timestamps);
  assert.equal((await verifyPdf(inTime, after)).indication, 'TOTAL-PASSED', 'stamped while it was there');
});

test('a policy by data: level, timestamps, permitted changes, algorithms by date, anchors by interval', async () => {
  const own = await archived2019();
  const { authority } = own;
  const now = at('2019-07-01');
  const policy = policyOf(authority);
  const judge = (changed: Partial<ValidationPolicy>, pdf = own.pdf): Promise<PdfReport> =>
    verifyPdf(pdf, pdfPolicy({ ...policy, ...changed }, { now }));
  assert.equal((await judge({ requireLevel: 'B-LTA' })).indication, 'TOTAL-PASSED');
  const { pdf: lt } = await extend(own.unarchived, [authority], now, false);
  const low = await judge({ requireLevel: 'B-LTA' }, lt);
  assert.equal(low.subIndication, 'SIG_CONSTRAINTS_FAILURE');
  assert.match(text(low), /mới đạt mức B-LT, quy định yêu cầu mức B-LTA/);
  const strict = await judge({ allowedChanges: ['field-filled', 'signature-added'] });
  assert.equal(strict.indication, 'TOTAL-FAILED', 'the store and the timestamp are not among them');
  const noSha256 = {
    ...policy.algorithms,
    digests: [{ digest: 'sha256' as const, until: at('2018-01-01') }],
  };
  const weak = await judge({ algorithms: noSha256 });
  assert.equal(weak.indication, 'INDETERMINATE', text(weak));
  const sha256Until2025 = {
    ...policy.algorithms,
    digests: [{ digest: 'sha256' as const, until: at('2025-01-01') }],
  };
  const inTime = await verifyPdf(
    own.pdf,
    pdfPolicy({ ...policy, algorithms: sha256Until2025 }, { now: at('2024-01-01') }),
  );
  assert.equal(inTime.indication, 'TOTAL-PASSED', text(inTime));
  const [anchor] = policy.anchors;
  assert.ok(anchor);
  const ended = await judge({ anchors: [{ ...anchor, until: at('2019-06-01') }] });
  assert.equal(ended.indication, 'INDETERMINATE');
  const purpose = await judge({ anchors: [{ ...anchor, purposes: ['timestamping'] }] });
  assert.equal(purpose.signatures[0]?.subIndication, 'NO_CERTIFICATE_CHAIN_FOUND');
});

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { inspect } from 'node:util';
import { certificateToPem, type SignatureAlgorithm } from '#formats/x509';
import type { KeyType } from '../authorityProfiles.ts';
import { signingOffice, unsignedLetter } from '../pades/attacks/index.ts';
import { officerSignature } from '../pades/acts.ts';
import { signPdf } from '../pades/sign.ts';
import { verifyPdf } from '../pades/verify.ts';
import { reportText } from '../report/index.ts';
import { signCms } from '../signer.ts';
import { cki } from './cryptoki.ts';
import { tokenError, wrongPin } from './errors.ts';
import { openToken, presentTokens, TokenError, type Token } from './index.ts';
import { noBinding, startSoftHsm, type SoftHsm } from './softhsm.ts';

const skip = noBinding() ?? false;
const now = new Date();
const pin = 'PIN-cua-lanh-dao-73';
const office = signingOffice('p-256', now);
const kinds: readonly (readonly [label: string, id: string, KeyType, readonly SignatureAlgorithm[]])[] = [
  ['rsa2048', 'a1', 'rsa-2048', ['rsa-sha256', 'rsa-pss-sha256', 'rsa-sha512']],
  ['rsa4096', 'a2', 'rsa-4096', ['rsa-sha512', 'rsa-pss-sha384']],
  ['p256', 'a3', 'p-256', ['ecdsa-sha256']],
  ['p384', 'a4', 'p-384', ['ecdsa-sha384']],
];
let hsm: SoftHsm;

before(() => {
  if (skip) return;
  hsm = startSoftHsm();
  hsm.addToken('lanh-dao', pin);
  hsm.addToken('con-dau', pin);
  for (const [label, id, keyType] of kinds) {
    const issued = office.authority.issueOfficer({ commonName: label, organisation: 'Vụ Thử', keyType });
    hsm.addKey('lanh-dao', pin, issued, label, id);
  }
  hsm.addKey(
    'con-dau',
    pin,
    office.authority.issueSeal({ organisation: 'Vụ Thử', code: 'G01' }),
    'dau',
    'b1',
  );
});
after(() => hsm?.remove());

const open = (token = 'lanh-dao', own = pin): Promise<Token> =>
  openToken({
    library: hsm.library,
    token,
    pin: () => own,
    issuers: [office.authority.issuing, office.authority.root],
    timeout: 20_000,
  });
const using = async <T>(token: Token, work: (token: Token) => Promise<T>): Promise<T> => {
  try {
    return await work(token);
  } finally {
    await token.close();
  }
};
const code = (expected: string) => (error: unknown) => error instanceof TokenError && error.code === expected;
const tbs = Buffer.from('Kính gửi: Bộ Nội vụ');

test('a letter is signed with RSA, RSA-PSS and ECDSA keys of a token; openssl agrees', { skip }, async () => {
  await using(await open(), async (token) => {
    const letter = unsignedLetter();
    const root = join(hsm.folder, 'root.pem');
    writeFileSync(root, certificateToPem(office.authority.root));
    for (const [key, , , algorithms] of kinds) {
      for (const algorithm of algorithms) {
        const signer = token.signer({ key, algorithm });
        assert.equal(signer.certificateChain.length, 3);
        const pdf = await signPdf(letter, {
          ...officerSignature(letter, { signingTime: now, signerName: key }),
          signer,
        });
        const report = await verifyPdf(pdf, office.policy);
        assert.equal(report.indication, 'TOTAL-PASSED', reportText(report).join('\n'));
        const digestName = algorithm.slice(-6);
        const cms = await signCms(signer, {
          digest: createHash(digestName).update(tbs).digest(),
          signingTime: now,
        });
        const file = join(hsm.folder, 'cms.der');
        writeFileSync(file, cms);
        writeFileSync(`${file}.content`, tbs);
        execFileSync(
          'openssl',
          [
            'cms',
            '-verify',
            '-cades',
            '-binary',
            '-inform',
            'DER',
            '-in',
            file,
            '-content',
            `${file}.content`,
          ].concat(['-CAfile', root, '-purpose', 'any', '-out', '/dev/null']),
          { stdio: 'pipe' },
        );
      }
    }
  });
});

test('what was asked for too vaguely, or is not there, is refused by name', { skip }, async () => {
  const { library } = hsm;
  assert.deepEqual(
    (await presentTokens(library))
      .map(({ label }) => label)
      .sort()
      .slice(-2),
    ['con-dau', 'lanh-dao'],
  );
  await assert.rejects(openToken({ library, pin: () => pin }), code('token-ambiguous'));
  await assert.rejects(open('khong-co'), code('token-not-found'));
  await assert.rejects(openToken({ library: '/khong/co.so', pin: () => pin }), code('library-unusable'));
  await using(await open(), async (token) => {
    assert.throws(() => token.signer(), code('key-ambiguous'));
    assert.throws(() => token.signer({ key: 'khac' }), code('key-not-found'));
    assert.throws(
      () => token.signer({ key: 'p256', algorithm: 'rsa-sha256' }),
      code('algorithm-not-supported'),
    );
    await assert.rejects(open(), code('token-in-use'));
  });
});

test(
  'a hundred signatures asked for at once on two slots wait in one queue for each slot',
  { skip },
  async () => {
    await using(await open(), async (first) =>
      using(await open('con-dau'), async (second) => {
        const signers = [first.signer({ key: 'rsa2048' }), first.signer({ key: 'p256' }), second.signer()];
        const signed = await Promise.all(
          Array.from({ length: 99 }, (_, index) => signers[index % 3]!.sign(Buffer.from(`${index}`))),
        );
        // Each was verified with its certificate before it came back; they are all there.
        assert.equal(signed.filter((one) => one.length > 60).length, 99);
      }),
    );
  },
);

test(
  'a session that another program closed or logged out is opened anew, once, without a lost signature',
  { skip },
  async () => {
    let asked = 0;
    const token = await openToken({
      library: hsm.library,
      token: 'lanh-dao',
      pin: () => {
        asked++;
        return pin;
      },
    });
    await using(token, async () => {
      const signer = token.signer({ key: 'p256' });
      await signer.sign(tbs);
      assert.equal(asked, 1);
      hsm.meddler.C_CloseAllSessions(hsm.slotOf('lanh-dao')); // CKR_SESSION_HANDLE_INVALID
      assert.ok((await signer.sign(tbs)).length > 60);
      assert.equal(asked, 2);
      const other = hsm.meddler.C_OpenSession(hsm.slotOf('lanh-dao'), cki.serialSession);
      hsm.meddler.C_Logout(other); // CKR_USER_NOT_LOGGED_IN, or dead handles
      const both = await Promise.all([signer.sign(tbs), signer.sign(tbs)]);
      assert.ok(both.every((one) => one.length > 60));
      assert.equal(asked, 3);
      hsm.meddler.C_CloseSession(other);
    });
  },
);

test(
  'a wrong PIN is refused with what is known of the tries left, and never tried again',
  { skip },
  async () => {
    await assert.rejects(open('con-dau', 'sai-roi'), (error: unknown) => {
      assert.ok(error instanceof TokenError);
      assert.equal(error.code, 'wrong-pin');
      assert.equal(error.details['tries'], 'few');
      assert.match(error.text.vi, /Chỉ còn ít lần thử/);
      return true;
    });
    // Another login in this process does not let a wrong PIN pass.
    const slot = hsm.slotOf('con-dau');
    const session = hsm.meddler.C_OpenSession(slot, cki.serialSession | 0x2);
    hsm.meddler.C_Login(session, cki.user, pin);
    await assert.rejects(open('con-dau', 'sai-nua'), code('wrong-pin'));

    let asked = 0;
    const token = await openToken({
      library: hsm.library,
      token: 'con-dau',
      pin: () => {
        asked++;
        return pin;
      },
    });
    await using(token, async () => {
      const signer = token.signer();
      hsm.meddler.C_SetPIN(session, pin, 'ma-moi-9876');
      hsm.meddler.C_Logout(session);
      await assert.rejects(signer.sign(tbs), code('wrong-pin'));
      await assert.rejects(signer.sign(tbs), code('wrong-pin'));
      await assert.rejects(Promise.all([signer.sign(tbs), signer.sign(tbs)]), code('wrong-pin'));
      assert.equal(asked, 2);
    });
    hsm.meddler.C_Login(session, cki.user, 'ma-moi-9876');
    hsm.meddler.C_SetPIN(session, 'ma-moi-9876', pin);
    hsm.meddler.C_CloseSession(session);
  },
);

test(
  'no PIN stands in an error, a stack, an inspected object, or anything the program writes',
  { skip },
  async () => {
    const secrets = [pin, 'sai-hoan-toan-55'];
    const seen: string[] = [];
    const keep = (error: unknown): void => {
      seen.push(
        inspect(error, { depth: 12, showHidden: true }),
        (error as Error).stack ?? '',
        JSON.stringify(error),
      );
    };
    await open('con-dau', 'sai-hoan-toan-55').catch(keep);
    await open('khong-co').catch(keep);
    const token = await open('con-dau');
    seen.push(inspect(token, { depth: 12, showHidden: true }));
    const signer = token.signer();
    seen.push(inspect(signer, { depth: 12, showHidden: true }));
    hsm.meddler.C_CloseAllSessions(hsm.slotOf('con-dau'));
    await signer.sign(tbs).catch(keep);
    await token.close();
    await signer.sign(tbs).catch(keep);
    assert.ok(seen.length > 6);
    for (const secret of secrets) assert.ok(!seen.some((text) => text.includes(secret)), secret);

    const program = join(hsm.folder, 'program.ts');
    writeFileSync(
      program,
      `import { openToken } from '${new URL('./index.ts', import.meta.url)}';
    const options = { library: ${JSON.stringify(hsm.library)}, token: 'con-dau' };
    for (const pin of [process.env.RIGHT, process.env.WRONG])
      try {
        const token = await openToken({ ...options, pin: () => pin });
        console.log(token, await token.signer().sign(new Uint8Array(3)));
        await token.close();
      } catch (error) { console.error(error); }
    await openToken({ ...options, pin: () => { throw new Error('không có PIN'); } });`,
    );
    const { stdout, stderr } = spawnSync(process.execPath, ['--trace-uncaught', program], {
      env: { ...process.env, RIGHT: pin, WRONG: secrets[1], NODE_DEBUG: 'worker' },
      encoding: 'utf8',
    });
    const child = stdout + stderr;
    assert.match(child, /wrong-pin/);
    assert.match(child, /serialNumber/);
    assert.match(child, /không có PIN/);
    for (const secret of secrets) assert.ok(!child.includes(secret), secret);
  },
);

test('a token that is gone is a clear refusal, and signs again when it is back', { skip }, async () => {
  hsm.leave();
  const store = join(hsm.folder, 'tokens');
  const gone = join(hsm.folder, 'gone');
  await using(await open(), async (token) => {
    const signer = token.signer({ key: 'p256' });
    await signer.sign(tbs);
    renameSync(store, gone);
    mkdirSync(store);
    // SoftHSM says CKR_GENERAL_ERROR of a token whose files are gone; readers of cards say CKR_DEVICE_REMOVED.
    await assert.rejects(signer.sign(tbs), (error: unknown) => {
      assert.ok(error instanceof TokenError, String(error));
      assert.ok(['token-removed', 'token-failed'].includes(error.code), error.code);
      return true;
    });
  });
  await assert.rejects(open(), code('token-not-found'));
  rmSync(store, { recursive: true });
  renameSync(gone, store);
  await using(await open(), async (token) => {
    assert.ok((await token.signer({ key: 'p256' }).sign(tbs)).length > 60);
  });
});

test('return values of the standard become refusals that say what to do', () => {
  for (const [ckr, wanted] of [
    ['CKR_DEVICE_REMOVED', 'token-removed'],
    ['CKR_TOKEN_NOT_PRESENT', 'token-removed'],
    ['CKR_PIN_LOCKED', 'pin-locked'],
    ['CKR_PIN_EXPIRED', 'pin-unusable'],
    ['CKR_FUNCTION_FAILED', 'token-failed'],
  ] as const)
    assert.equal(tokenError(ckr).code, wanted);
  assert.match(tokenError('CKR_FUNCTION_FAILED').text.vi, /CKR_FUNCTION_FAILED/);
  assert.match(wrongPin('one').text.vi, /MỘT lần/);
  assert.equal(wrongPin('none').code, 'pin-locked');
});

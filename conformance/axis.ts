import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { CompactSign } from 'jose';
import { publicJwk } from '#ledger';
import { createClient, readMember } from './axis1/client.ts';
import { rules } from './axis1/rules.ts';
import type { Scene } from './axis1/scene.ts';

const usage =
  'npm run conformance -- axis URL --sender CODE=cert.pem,key.pem --receiver CODE=cert.pem,key.pem [--sheet FILE] [--sheet-key P256.pem]';

interface Verdict {
  readonly rule: string;
  readonly clause: string;
  readonly title: string;
  readonly passed: boolean;
  readonly reason?: string;
}

/** The pass/fail sheet as a compact JWS (ES256): whoever has the judge's public key can check it. */
async function signSheet(sheet: object, key: KeyObject): Promise<string> {
  const { kid, ...jwk } = publicJwk(createPublicKey(key));
  return await new CompactSign(Buffer.from(JSON.stringify(sheet)))
    .setProtectedHeader({ alg: 'ES256', typ: 'phigiay-conformance+jwt', kid, jwk: jwk as never })
    .sign(key);
}

async function judge(scene: Scene): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const { id, clause, title, check } of rules) {
    let reason: string | undefined;
    try {
      await check(scene);
    } catch (error) {
      reason = (error instanceof Error ? error.message : String(error)).split('\n')[0]!.slice(0, 300);
    }
    const passed = reason === undefined;
    verdicts.push({ rule: id, clause, title, passed, ...(reason === undefined ? {} : { reason }) });
    console.log(
      `${passed ? 'passed' : 'FAILED'}  §${clause.padEnd(4)} ${title}${passed ? '' : `: ${reason}`}`,
    );
  }
  return verdicts;
}

/**
 * Judges an implementation of axis-1 from outside, as two of its members. It sends packages that carry "KT-" in their
 * numbers, so it is run against an axis for testing. @returns 0 all passed, 1 not all, 2 wrong call
 */
export async function run(args: readonly string[]): Promise<number> {
  let given: ReturnType<typeof parse>;
  let scene: Scene;
  let key: KeyObject;
  try {
    given = parse(args);
    const { sender, receiver, 'sheet-key': keyFile } = given.values;
    const [url] = given.positionals;
    if (!url || !URL.canParse(url) || !sender || !receiver || given.positionals.length > 1)
      throw new Error(usage);
    scene = {
      client: createClient(url),
      sender: await readMember(sender),
      receiver: await readMember(receiver),
      run: randomBytes(4).toString('hex').toUpperCase(),
    };
    key = keyFile
      ? createPrivateKey(await readFile(keyFile))
      : generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  } catch (error) {
    console.error((error as Error).message);
    return 2;
  }
  const verdicts = await judge(scene);
  const passed = verdicts.filter((one) => one.passed).length;
  const failed = verdicts.length - passed;
  const sheet = {
    protocol: 'axis-1',
    edition: '1.0',
    target: given.positionals[0],
    at: new Date().toISOString(),
    passed,
    failed,
    verdicts,
  };
  if (given.values.sheet) await writeFile(given.values.sheet, `${await signSheet(sheet, key)}\n`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { sender: text, receiver: text, sheet: text, 'sheet-key': text },
  });
}

import { createHash, randomBytes } from 'node:crypto';
import { record } from '#audit';
import { unitOfWork, type Actor, type Context, type OrgId, type Tx } from '#kernel';
import { dummyHash, verifyPassword } from './password.ts';
import { refuse } from './refusals.ts';
import {
  accountByUsername,
  clearFailures,
  insertSession,
  noteFailure,
  readFailures,
  sweep,
  type Account,
} from './store.ts';

/** A session ends an hour after it was last used, and twelve hours after it began. */
export const sessionLimits = { idleMs: 60 * 60_000, absoluteMs: 12 * 60 * 60_000 } as const;

const forgetAfterMs = 15 * 60_000;
/**
 * Five tries are free for an account, a hundred for an address (a whole office may stand behind one); then each
 * costs twice the pause, up to 15 minutes.
 */
const freeTries = { account: 5, address: 100 } as const;

type AttemptKeys = Readonly<Record<'account' | 'address', string>>;

/** Failed attempts are counted by hashes: neither a mistyped user name nor an address is kept. */
const attemptKey = (kind: 'account' | 'address', value: string): string =>
  `${kind}:${createHash('sha256').update(value).digest('hex').slice(0, 32)}`;

function pauseMs(kind: 'account' | 'address', failures: number): number {
  const over = failures - freeTries[kind];
  return over < 0 ? 0 : Math.min(900_000, 30_000 * 2 ** Math.min(over, 10));
}

/** The system itself, before it is known who signs in. */
export const signInActor = (org: OrgId): Actor => ({
  kind: 'system',
  id: 'sign-in',
  name: 'Hệ thống',
  orgId: org,
  roles: [],
});

/** @throws Refusal `identity.too-many-attempts` while the pause after too many failures lasts */
async function guardAgainstGuessing(tx: Tx, keys: AttemptKeys, now: Date): Promise<void> {
  const known = await readFailures(tx, Object.values(keys));
  for (const kind of ['account', 'address'] as const) {
    const entry = known.find((candidate) => candidate.key === keys[kind]);
    if (!entry || now.getTime() - entry.lastAt.getTime() > forgetAfterMs) continue;
    const waitMs = entry.lastAt.getTime() + pauseMs(kind, entry.failures) - now.getTime();
    if (waitMs > 0) throw refuse('too-many-attempts', { seconds: Math.ceil(waitMs / 1000) });
  }
}

const turns = new Map<string, Promise<unknown>>();

/**
 * One try after another for each user name, so that a hundred guesses at once are a hundred tries, however long a
 * hash takes. Nobody who types the right password is refused for it: they wait for their turn.
 */
async function inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
  const mine = (turns.get(key) ?? Promise.resolve()).then(work, work);
  const settled = mine.catch(() => undefined);
  turns.set(key, settled);
  try {
    return await mine;
  } finally {
    if (turns.get(key) === settled) turns.delete(key);
  }
}

/**
 * The organisation learns that somebody tried. Nobody waits for it: an account that exists must not answer later
 * than one that does not.
 */
function recordRefusal(ctx: Context, account: Account): void {
  unitOfWork(ctx, { org: account.orgId, actor: signInActor(account.orgId) }, (unit) =>
    record(unit, {
      action: 'identity.sign-in-refused',
      object: `person:${account.personId}`,
      detail: { method: 'password' },
    }),
  ).catch((error: unknown) => ctx.log.error({ err: error }, 'a refused sign-in could not be recorded'));
}

/**
 * Signs in by password. An unknown user costs the same time and gets the same line as a wrong password.
 * @returns the new session's token
 * @throws Refusal `identity.sign-in-failed`, `identity.too-many-attempts`
 */
export async function signInByPassword(
  ctx: Context,
  input: { readonly username: string; readonly password: string; readonly address: string },
): Promise<{ token: string; account: Account }> {
  const username = input.username.normalize('NFC').trim().toLowerCase();
  const keys = { account: attemptKey('account', username), address: attemptKey('address', input.address) };
  return await inTurn(keys.account, () => tryPassword(ctx, username, input.password, keys));
}

async function tryPassword(
  ctx: Context,
  username: string,
  password: string,
  keys: AttemptKeys,
): Promise<{ token: string; account: Account }> {
  const now = ctx.clock.now();
  const account = await ctx.db.transaction(null, async (tx) => {
    await guardAgainstGuessing(tx, keys, now);
    return await accountByUsername(tx, username);
  });
  const right = await verifyPassword(account?.passwordHash ?? (await dummyHash()), password);
  if (!account || !right) {
    await ctx.db.transaction(null, (tx) => noteFailure(tx, Object.values(keys), now, forgetAfterMs));
    if (account) recordRefusal(ctx, account);
    throw refuse('sign-in-failed');
  }
  return await ctx.db.transaction(null, async (tx) => {
    // Again: other processes may have counted failures in the meantime.
    await guardAgainstGuessing(tx, keys, now);
    await clearFailures(tx, keys.account);
    return { token: await openSession(tx, account, 'password', now), account };
  });
}

/** Opens a session with a token of 256 random bits; the database keeps only its hash. */
export async function openSession(
  tx: Tx,
  account: Account,
  method: 'password' | 'passkey',
  now: Date,
): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await insertSession(tx, { token, account, now, method });
  return token;
}

/** Deletes sessions that have ended and failures that are forgotten. */
export async function sweepSignIn(ctx: Context): Promise<void> {
  const now = ctx.clock.now();
  await ctx.db.transaction(null, (tx) => sweep(tx, now, { ...sessionLimits, forgetAfterMs }));
}

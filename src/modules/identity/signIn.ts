import { createHash, randomBytes } from 'node:crypto';
import type { Context, Tx } from '#kernel';
import { dummyHash, verifyPassword } from './password.ts';
import { refuse } from './refusals.ts';
import {
  accountByUsername,
  clearFailures,
  insertSession,
  noteFailure,
  readFailures,
  type Account,
} from './store.ts';

/** A session ends an hour after it was last used, and twelve hours after it began. */
export const sessionLimits = { idleMs: 60 * 60_000, absoluteMs: 12 * 60 * 60_000 } as const;

const forgetAfterMs = 15 * 60_000;
/** Five tries are free for an account, thirty for an address; then each costs twice the pause, up to 15 minutes. */
const freeTries = { account: 5, address: 30 } as const;

/** Failed attempts are counted by hashes: neither a mistyped user name nor an address is kept. */
const attemptKey = (kind: 'account' | 'address', value: string): string =>
  `${kind}:${createHash('sha256').update(value).digest('hex').slice(0, 32)}`;

function pauseMs(kind: 'account' | 'address', failures: number): number {
  const over = failures - freeTries[kind];
  return over < 0 ? 0 : Math.min(900_000, 30_000 * 2 ** Math.min(over, 10));
}

async function guardAgainstGuessing(
  tx: Tx,
  keys: Readonly<Record<'account' | 'address', string>>,
  now: Date,
): Promise<void> {
  const known = await readFailures(tx, Object.values(keys));
  for (const kind of ['account', 'address'] as const) {
    const entry = known.find((candidate) => candidate.key === keys[kind]);
    if (!entry || now.getTime() - entry.lastAt.getTime() > forgetAfterMs) continue;
    const waitMs = entry.lastAt.getTime() + pauseMs(kind, entry.failures) - now.getTime();
    if (waitMs > 0) throw refuse('too-many-attempts', { seconds: Math.ceil(waitMs / 1000) });
  }
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
  const username = input.username.trim().toLowerCase();
  const now = ctx.clock.now();
  const keys = { account: attemptKey('account', username), address: attemptKey('address', input.address) };
  const account = await ctx.db.transaction(null, async (tx) => {
    await guardAgainstGuessing(tx, keys, now);
    return await accountByUsername(tx, username);
  });
  const right = await verifyPassword(account?.passwordHash ?? (await dummyHash()), input.password);
  if (!account || !right) {
    await ctx.db.transaction(null, (tx) => noteFailure(tx, Object.values(keys), now, forgetAfterMs));
    throw refuse('sign-in-failed');
  }
  return await ctx.db.transaction(null, async (tx) => {
    await clearFailures(tx, [keys.account]);
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

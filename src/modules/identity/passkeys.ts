import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
  type AuthenticationResponseJSON,
  type AuthenticatorTransport,
  type RegistrationResponseJSON,
} from '@simplewebauthn/server';
import { violatedConstraint, type Context, type PersonId, type Unit } from '#kernel';
import {
  insertChallenge,
  insertPasskey,
  notePasskeyUse,
  passkeyById,
  passkeysOf,
  takeChallenge,
} from './passkeyStore.ts';
import { refuse } from './refusals.ts';
import { openSession } from './signIn.ts';
import { accountOfPerson, type Account } from './store.ts';

const relyingParty = (ctx: Context): { rpID: string; origin: string } => {
  const url = new URL(ctx.config.publicUrl);
  return { rpID: url.hostname, origin: url.origin };
};

/** Passkeys of one person: a few devices and a spare. */
const mostPasskeys = 20;

const challengeOf = (clientDataJSON: unknown): string => {
  try {
    const data = JSON.parse(Buffer.from(String(clientDataJSON), 'base64url').toString('utf8')) as {
      challenge?: unknown;
    };
    return String(data.challenge);
  } catch {
    throw refuse('passkey-failed');
  }
};

/** Options for a new passkey of the signed-in person (WebAuthn Level 3, discoverable, user verification). */
export async function registrationOptions(
  unit: Unit,
  personId: PersonId,
  username: string,
): Promise<Awaited<ReturnType<typeof generateRegistrationOptions>>> {
  const known = await passkeysOf(unit.tx, personId);
  if (known.length >= mostPasskeys) throw refuse('too-many-passkeys', { most: mostPasskeys });
  const options = await generateRegistrationOptions({
    rpName: 'Phi Giấy',
    rpID: relyingParty(unit.ctx).rpID,
    userName: username,
    userDisplayName: unit.actor.name,
    userID: new Uint8Array(Buffer.from(personId)),
    attestationType: 'none',
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    excludeCredentials: known.map((passkey) => ({
      id: passkey.credentialId,
      transports: passkey.transports as AuthenticatorTransport[],
    })),
  });
  await insertChallenge(unit.tx, options.challenge, 'register', personId, unit.now);
  return options;
}

/** Stores a passkey once its answer is verified. @throws Refusal `identity.passkey-failed` */
export async function registerPasskey(
  unit: Unit,
  personId: PersonId,
  response: RegistrationResponseJSON,
): Promise<void> {
  const challenge = challengeOf(
    (response as { response?: { clientDataJSON?: unknown } }).response?.clientDataJSON,
  );
  if (!(await takeChallenge(unit.tx, challenge, 'register', personId, unit.now)))
    throw refuse('passkey-failed');
  const { rpID, origin } = relyingParty(unit.ctx);
  const checked = await verifyRegistrationResponse({
    response,
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: rpID,
  }).catch(() => null);
  if (!checked?.verified) throw refuse('passkey-failed');
  const { credential, credentialDeviceType } = checked.registrationInfo;
  try {
    await insertPasskey(unit.tx, {
      credentialId: credential.id,
      personId,
      publicKey: Buffer.from(credential.publicKey),
      counter: credential.counter,
      transports: credential.transports ?? [],
      name: credentialDeviceType === 'multiDevice' ? 'Khóa đồng bộ' : 'Khóa trên một máy',
      createdAt: unit.now,
    });
  } catch (error) {
    // Somebody has this very credential already: a copied answer, not a new device.
    if (violatedConstraint(error) !== undefined) throw refuse('passkey-failed');
    throw error;
  }
}

/** Options for signing in; nobody is named, the device offers what it has. */
export async function authenticationOptions(
  ctx: Context,
): Promise<Awaited<ReturnType<typeof generateAuthenticationOptions>>> {
  const options = await generateAuthenticationOptions({
    rpID: relyingParty(ctx).rpID,
    userVerification: 'required',
  });
  await ctx.db.transaction(null, (tx) =>
    insertChallenge(tx, options.challenge, 'sign-in', null, ctx.clock.now()),
  );
  return options;
}

/** Signs in by passkey. @throws Refusal `identity.passkey-failed` */
export async function signInByPasskey(
  ctx: Context,
  response: AuthenticationResponseJSON,
): Promise<{ token: string; account: Account }> {
  const now = ctx.clock.now();
  const challenge = challengeOf(
    (response as { response?: { clientDataJSON?: unknown } }).response?.clientDataJSON,
  );
  const { rpID, origin } = relyingParty(ctx);
  // In a transaction of its own: a challenge is used up by a wrong answer, too.
  const fresh = await ctx.db.transaction(null, (tx) => takeChallenge(tx, challenge, 'sign-in', null, now));
  if (!fresh) throw refuse('passkey-failed');
  return await ctx.db.transaction(null, async (tx) => {
    const passkey = await passkeyById(tx, response.id);
    const account = passkey && (await accountOfPerson(tx, passkey.personId));
    if (!passkey || !account) throw refuse('passkey-failed');
    const checked = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpID,
      requireUserVerification: true,
      credential: {
        id: passkey.credentialId,
        publicKey: new Uint8Array(passkey.publicKey),
        counter: passkey.counter,
        transports: passkey.transports as AuthenticatorTransport[],
      },
    }).catch(() => null);
    if (!checked?.verified) throw refuse('passkey-failed');
    await notePasskeyUse(tx, passkey.credentialId, checked.authenticationInfo.newCounter, now);
    return { token: await openSession(tx, account, 'passkey', now), account };
  });
}

import { z } from 'zod';
import { passkeysAnswer } from '#contracts/identity';
import { ask, tell } from '../ui/api.ts';

const anyOptions = z.looseObject({});
const passkeys = () => import('@simplewebauthn/browser');

/** Asks the device for a passkey and signs in with it (WebAuthn). */
export async function signInWithPasskey(): Promise<unknown> {
  const { startAuthentication } = await passkeys();
  const options = await tell('/api/session/passkey/options', {}, anyOptions);
  const response = await startAuthentication({
    optionsJSON: options as unknown as Parameters<typeof startAuthentication>[0]['optionsJSON'],
  });
  return await tell('/api/session/passkey', { response }, anyOptions);
}

/** Makes a passkey on this device for the person who is signed in. */
export async function addPasskey(): Promise<void> {
  const { startRegistration } = await passkeys();
  const options = await tell('/api/passkeys/options', {}, anyOptions);
  const response = await startRegistration({
    optionsJSON: options as unknown as Parameters<typeof startRegistration>[0]['optionsJSON'],
  });
  await tell('/api/passkeys', { response }, anyOptions);
}

export const passkeysSupported = (): boolean => 'PublicKeyCredential' in window;

export const listPasskeys = (): Promise<z.infer<typeof passkeysAnswer>> =>
  ask('/api/passkeys', passkeysAnswer);

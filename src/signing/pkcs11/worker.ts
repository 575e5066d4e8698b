/**
 * The thread in which a PKCS#11 library lives: its calls block, and a driver that hangs must not hang the process.
 * It knows single calls only; what they mean is decided in `token.ts`.
 */
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { cki, type Cryptoki } from './cryptoki.ts';
import type { PinTries } from './errors.ts';
import type { TokenAnswer, TokenCall, TokenFacts, TokenObjects } from './calls.ts';

interface Slot {
  readonly slot: Buffer;
  session: Buffer | null;
  /** Private keys by CKA_ID (hex); handles die with the login. */
  readonly keys: Map<string, Buffer>;
}

let cryptoki: Cryptoki | undefined;
/** Whether C_Initialize was ours: then C_Finalize is too. */
let ours = false;
const slots = new Map<string, Slot>();
const name = (handle: Buffer): string => handle.toString('hex');
const trimmed = (text: string): string => text.replace(/[\0 ]+$/g, '');

function library(): Cryptoki {
  if (cryptoki) return cryptoki;
  const require = createRequire(import.meta.url);
  const { PKCS11 } = require('pkcs11js') as { PKCS11: new () => Cryptoki };
  const loaded = new PKCS11();
  loaded.load(workerData as string);
  try {
    loaded.C_Initialize({ flags: cki.osLockingOk });
    ours = true;
  } catch (error) {
    if (ckrOf(error) !== 'CKR_CRYPTOKI_ALREADY_INITIALIZED') throw error;
  }
  cryptoki = loaded;
  return loaded;
}

/** The name of the standard in an error of the binding; never its text, which could hold an argument. */
function ckrOf(error: unknown): string | undefined {
  return /CKR_[A-Z0-9_]+/.exec(error instanceof Error ? error.message : '')?.[0];
}

function slotOf(id: string): Slot {
  const known = slots.get(id);
  if (known) return known;
  const made: Slot = { slot: Buffer.from(id, 'hex'), session: null, keys: new Map() };
  slots.set(id, made);
  return made;
}

function sessionOf(slot: Slot): Buffer {
  slot.session ??= library().C_OpenSession(slot.slot, cki.serialSession);
  return slot.session;
}

function tokens(): TokenFacts[] {
  const found: TokenFacts[] = [];
  for (const slot of library().C_GetSlotList(true)) {
    try {
      const info = library().C_GetTokenInfo(slot);
      found.push({
        slot: name(slot),
        label: trimmed(info.label),
        serialNumber: trimmed(info.serialNumber),
        manufacturer: trimmed(info.manufacturerID),
        model: trimmed(info.model),
        pinPad: (info.flags & cki.protectedAuthenticationPath) !== 0,
        mechanisms: library().C_GetMechanismList(slot),
      });
    } catch {
      // A slot whose token is not readable is as good as empty.
    }
  }
  return found;
}

function triesOf(slot: Slot): PinTries {
  try {
    const { flags } = library().C_GetTokenInfo(slot.slot);
    if (flags & cki.pinLocked) return 'none';
    if (flags & cki.pinFinalTry) return 'one';
    return flags & cki.pinCountLow ? 'few' : 'unknown';
  } catch {
    return 'unknown';
  }
}

function login(slot: Slot, pin: string | undefined): void {
  drop(slot);
  const session = sessionOf(slot);
  try {
    library().C_Login(session, cki.user, pin);
  } catch (error) {
    // Somebody else in this process is logged in: that must not stand for a PIN that was not checked.
    if (ckrOf(error) !== 'CKR_USER_ALREADY_LOGGED_IN') throw error;
    library().C_Logout(session);
    library().C_Login(session, cki.user, pin);
  }
}

/** Forgets a session, closing it where it still lives. */
function drop(slot: Slot): void {
  const { session } = slot;
  slot.session = null;
  slot.keys.clear();
  if (session === null) return;
  try {
    library().C_CloseSession(session);
  } catch {
    // Dead already.
  }
}

function find(session: Buffer, template: readonly { type: number; value?: unknown }[]): Buffer[] {
  library().C_FindObjectsInit(session, template);
  try {
    return library().C_FindObjects(session, 256);
  } finally {
    library().C_FindObjectsFinal(session);
  }
}

function attribute(session: Buffer, object: Buffer, type: number): Buffer | undefined {
  try {
    return library().C_GetAttributeValue(session, object, [{ type }])[0]?.value;
  } catch {
    return undefined;
  }
}

function objects(slot: Slot): TokenObjects {
  const session = sessionOf(slot);
  const text = (value: Buffer | undefined): string => value?.toString('utf8') ?? '';
  const hex = (value: Buffer | undefined): string => value?.toString('hex') ?? '';
  const certificates = find(session, [{ type: cki.class, value: cki.certificate }]).map((object) => ({
    id: hex(attribute(session, object, cki.id)),
    label: text(attribute(session, object, cki.label)),
    der: new Uint8Array(attribute(session, object, cki.value) ?? []),
  }));
  const keys = find(session, [{ type: cki.class, value: cki.privateKey }]).flatMap((object) => {
    if (attribute(session, object, cki.sign)?.[0] === 0) return [];
    const id = hex(attribute(session, object, cki.id));
    slot.keys.set(id, object);
    return [
      {
        id,
        label: text(attribute(session, object, cki.label)),
        alwaysAuthenticate: attribute(session, object, cki.alwaysAuthenticate)?.[0] === 1,
      },
    ];
  });
  return { certificates, keys };
}

function keyHandle(slot: Slot, id: string): Buffer {
  const known = slot.keys.get(id);
  if (known) return known;
  const template = [
    { type: cki.class, value: cki.privateKey },
    { type: cki.id, value: Buffer.from(id, 'hex') },
  ];
  const [found] = find(sessionOf(slot), template);
  if (!found) throw new Error('CKR_KEY_HANDLE_INVALID');
  slot.keys.set(id, found);
  return found;
}

async function sign(slot: Slot, call: Extract<TokenCall, { kind: 'sign' }>): Promise<Uint8Array> {
  const session = sessionOf(slot);
  const { mechanism, pss, input } = call.operation;
  const parameter = pss && { type: cki.pssParameters, ...pss };
  library().C_SignInit(
    session,
    parameter ? { mechanism, parameter } : { mechanism },
    keyHandle(slot, call.key),
  );
  if (call.reauthenticate) library().C_Login(session, cki.contextSpecific, call.pin);
  return await library().C_SignAsync(session, Buffer.from(input), Buffer.alloc(1024));
}

async function answer(call: TokenCall): Promise<unknown> {
  switch (call.kind) {
    case 'tokens':
      return tokens();
    case 'login':
      return login(slotOf(call.slot), call.pin);
    case 'objects':
      return objects(slotOf(call.slot));
    case 'sign':
      return await sign(slotOf(call.slot), call);
    case 'tries':
      return triesOf(slotOf(call.slot));
    case 'close':
      return drop(slotOf(call.slot));
    case 'finish':
      for (const slot of slots.values()) drop(slot);
      if (ours) cryptoki?.C_Finalize();
      return cryptoki?.close();
  }
}

function reasonOf(error: unknown): TokenAnswer {
  const ckr = ckrOf(error);
  if (ckr !== undefined) return { ok: false, ckr };
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'MODULE_NOT_FOUND') return { ok: false, ckr: 'binding-missing' };
  return { ok: false, ckr: cryptoki ? 'CKR_GENERAL_ERROR' : 'library-unusable' };
}

const port = parentPort;
port?.on('message', ({ id, call }: { id: number; call: TokenCall }) => {
  void answer(call)
    .then((value): TokenAnswer => ({ ok: true, value }), reasonOf)
    .then((said) => port.postMessage({ id, answer: said }));
});

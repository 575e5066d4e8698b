import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IssuedKey } from '../authority.ts';
import { cki, type Cryptoki } from './cryptoki.ts';

/** What another program on the same machine could do to a token; for tests. */
export interface Meddler extends Cryptoki {
  C_CloseAllSessions(slot: Buffer): void;
  C_SetPIN(session: Buffer, old: string, wanted: string): void;
  C_CreateObject(session: Buffer, template: readonly { type: number; value: unknown }[]): Buffer;
}

/** SoftHSM2 (Debian package softhsm2): a token in software, in a folder of its own. */
export interface SoftHsm {
  readonly folder: string;
  readonly library: string;
  addToken(label: string, pin: string): void;
  /** Puts a key and its certificate on a token. */
  addKey(
    token: string,
    pin: string,
    issued: Pick<IssuedKey, 'key' | 'certificate'>,
    label: string,
    id: string,
  ): void;
  /** The same library in this thread: the token's state is the process's. */
  readonly meddler: Meddler;
  slotOf(label: string): Buffer;
  /** Ends this thread's use of the library. */
  leave(): void;
  remove(): void;
}

/** Why tests with a token cannot run here, or undefined. */
export function noBinding(): string | undefined {
  try {
    createRequire(import.meta.url)('pkcs11js');
    return undefined;
  } catch {
    return 'the optional package pkcs11js is not built here';
  }
}

/** Starts with no token. The library reads its settings from the environment of the process. */
export function startSoftHsm(): SoftHsm {
  const folder = mkdtempSync(join(tmpdir(), 'phigiay-softhsm-'));
  mkdirSync(join(folder, 'tokens'));
  const conf = join(folder, 'softhsm2.conf');
  writeFileSync(
    conf,
    `directories.tokendir = ${folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n`,
  );
  process.env['SOFTHSM2_CONF'] = conf;
  const util = (...args: string[]): void => {
    execFileSync('softhsm2-util', args, { stdio: 'pipe' });
  };
  const library = '/usr/lib/softhsm/libsofthsm2.so';
  let loaded: Meddler | undefined;
  const meddler = (): Meddler => {
    if (!loaded) {
      const { PKCS11 } = createRequire(import.meta.url)('pkcs11js') as { PKCS11: new () => Meddler };
      loaded = new PKCS11();
      loaded.load(library);
    }
    try {
      loaded.C_Initialize({ flags: cki.osLockingOk });
    } catch {
      // It is: by an earlier call, or by the thread under test.
    }
    return loaded;
  };
  const slotOf = (label: string): Buffer => {
    const found = meddler()
      .C_GetSlotList(true)
      .find((slot) => meddler().C_GetTokenInfo(slot).label.trimEnd() === label);
    if (!found) throw new Error(`no token ${label}`);
    return found;
  };
  return {
    folder,
    library,
    addToken: (label, pin) =>
      util('--init-token', '--free', '--label', label, '--pin', pin, '--so-pin', '12345678'),
    addKey(token, pin, issued, label, id) {
      const file = join(folder, `${label}.pem`);
      writeFileSync(file, issued.key.export({ format: 'pem', type: 'pkcs8' }));
      util('--import', file, '--token', token, '--label', label, '--id', id, '--pin', pin);
      rmSync(file);
      addCertificate(meddler(), slotOf(token), pin, issued.certificate.der, label, id);
    },
    get meddler() {
      return meddler();
    },
    slotOf,
    leave: () => meddler().C_Finalize(),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const readWrite = 0x2;
const tokenObject = 0x1;
const subject = 0x101;

function addCertificate(
  module: Meddler,
  slot: Buffer,
  pin: string,
  der: Buffer,
  label: string,
  id: string,
): void {
  const session = module.C_OpenSession(slot, cki.serialSession | readWrite);
  module.C_Login(session, cki.user, pin);
  module.C_CreateObject(session, [
    { type: cki.class, value: cki.certificate },
    { type: cki.certificateType, value: 0 },
    { type: tokenObject, value: true },
    { type: subject, value: Buffer.from('3000', 'hex') },
    { type: cki.id, value: Buffer.from(id, 'hex') },
    { type: cki.label, value: label },
    { type: cki.value, value: der },
  ]);
  module.C_Logout(session);
  module.C_CloseSession(session);
}

import { chmod, mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { certificateToPem, type CertificateList } from '#formats/x509';
import type { Context } from '#kernel';
import {
  createTestAuthority,
  restoreTestAuthority,
  type RevocationFetch,
  type StoredAuthority,
  type TestAuthority,
} from '#signing';

/** The test authority of this installation, and how it is kept. */
export interface HeldAuthority {
  readonly authority: TestAuthority;
  readonly rootPem: string;
  /** Writes its state down: after every issue, revocation and CRL, before anybody relies on it. */
  keep(): Promise<void>;
  /** The CRLs of the issuing CA and of the root as of now; made anew every ten minutes. */
  crls(): Promise<readonly [ca: CertificateList, root: CertificateList]>;
  /** The states of its certificates, asked in this process; CRLs are those of `crls`. */
  readonly revocation: RevocationFetch;
}

/** A CRL is good for a day; making one takes a number and a signature. */
const crlKeptMs = 10 * 60_000;

const held = new WeakMap<Context, Promise<HeldAuthority | null>>();

const folderOf = (ctx: Context): string => join(ctx.config.dataDir, 'authority');

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** Writes a file that only this user reads, whole or not at all, onto stable storage. */
export async function writePrivateFile(folder: string, name: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const temporary = join(folder, `.${name}.new`);
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(folder, name));
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function hold(ctx: Context, authority: TestAuthority): HeldAuthority {
  let before: Promise<void> = Promise.resolve();
  let lists:
    | { readonly made: number; readonly both: Promise<readonly [CertificateList, CertificateList]> }
    | undefined;
  const self: HeldAuthority = {
    authority,
    rootPem: certificateToPem(authority.root),
    keep() {
      const write = (): Promise<void> =>
        writePrivateFile(folderOf(ctx), 'authority.json', `${JSON.stringify(authority.toJSON(), null, 1)}\n`);
      before = before.then(write, write);
      return before;
    },
    crls() {
      const now = ctx.clock.now().getTime();
      if (!lists || now < lists.made || now >= lists.made + crlKeptMs) {
        const both = [authority.currentCrl(), authority.currentRootCrl()] as const;
        lists = { made: now, both: self.keep().then(() => both) };
        lists.both.catch(() => (lists = undefined));
      }
      return lists.both;
    },
    revocation: {
      ...authority.revocation,
      async crl(url) {
        const { crl, rootCrl } = authority.urls;
        if (url !== crl && url !== rootCrl) return await authority.revocation.crl(url);
        return (await self.crls())[url === crl ? 0 : 1].der;
      },
    },
  };
  return self;
}

async function load(ctx: Context): Promise<HeldAuthority | null> {
  const file = join(folderOf(ctx), 'authority.json');
  if (!(await isThere(file))) return null;
  const stored = JSON.parse(await readFile(file, 'utf8')) as StoredAuthority;
  return hold(ctx, restoreTestAuthority(stored, { now: () => ctx.clock.now() }));
}

async function create(ctx: Context): Promise<HeldAuthority> {
  const { publicUrl } = ctx.config;
  const made = hold(
    ctx,
    createTestAuthority({
      now: () => ctx.clock.now(),
      organisation: 'Phi Giấy',
      urls: {
        ocsp: `${publicUrl}/ocsp`,
        crl: `${publicUrl}/crl/ca.crl`,
        rootCrl: `${publicUrl}/crl/root.crl`,
        issuer: `${publicUrl}/trust/ca.crt`,
      },
    }),
  );
  await made.keep();
  return made;
}

/** The authority when this installation keeps one, else null. */
export async function heldAuthority(ctx: Context): Promise<HeldAuthority | null> {
  let found = held.get(ctx);
  if (!found) {
    found = load(ctx);
    held.set(ctx, found);
    found.catch(() => held.delete(ctx));
  }
  return await found;
}

/** The authority, made now when there is none yet (`<dataDir>/authority`, readable by this user only). */
export async function ensureAuthority(ctx: Context): Promise<HeldAuthority> {
  const known = held.get(ctx) ?? load(ctx);
  const found = known.then((one) => one ?? create(ctx));
  held.set(ctx, found);
  found.catch(() => held.delete(ctx));
  return await found;
}

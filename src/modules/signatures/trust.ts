import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '#kernel';
import { heldAuthority } from './authorityStore.ts';

/** The roots that this installation believes, and one name for the whole set. */
export interface TrustSet {
  readonly pems: readonly string[];
  /** Changes when a root comes or goes: reports made under another set are not used again. */
  readonly fingerprint: string;
}

const mostRoots = 200;
const pemPattern = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * The roots in `<dataDir>/trust/*.pem`, and that of the test authority when it is kept here. Read at each use: an
 * operator adds a root by putting a file there.
 */
export async function trustSet(ctx: Context): Promise<TrustSet> {
  const folder = join(ctx.config.dataDir, 'trust');
  const names = await readdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  const pems = new Set<string>();
  for (const name of names.filter((one) => one.endsWith('.pem')).sort()) {
    for (const pem of (await readFile(join(folder, name), 'utf8')).match(pemPattern) ?? [])
      pems.add(pem.trim());
  }
  const own = await heldAuthority(ctx);
  if (own) pems.add(own.rootPem.trim());
  const list = [...pems].slice(0, mostRoots);
  return { pems: list, fingerprint: createHash('sha256').update(list.join('\n')).digest('hex').slice(0, 16) };
}

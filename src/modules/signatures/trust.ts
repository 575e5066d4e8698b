import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Asn1Error } from '#formats/asn1';
import { readCertificatesPem, type Certificate } from '#formats/x509';
import type { Context } from '#kernel';
import type { TrustAnchor } from '#signing';
import { heldAuthority } from './authorityStore.ts';

/** The roots that this installation believes, and one name for the whole set. */
export interface TrustSet {
  readonly anchors: readonly TrustAnchor[];
  /** Changes when a root comes or goes: reports made under another set are not used again. */
  readonly fingerprint: string;
}

const mostRoots = 200;

/**
 * The roots in `<dataDir>/trust/*.pem`, and that of the test authority when it is kept here. Read at each use: an
 * operator adds a root by putting a file there. A file that cannot be read is told in the log and left out.
 */
export async function trustSet(ctx: Context): Promise<TrustSet> {
  const folder = join(ctx.config.dataDir, 'trust');
  const names = await readdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  const roots = new Map<string, Certificate>();
  for (const name of names.filter((one) => one.endsWith('.pem')).sort()) {
    try {
      for (const root of readCertificatesPem(await readFile(join(folder, name), 'utf8')))
        roots.set(root.der.toString('base64'), root);
    } catch (error) {
      if (!(error instanceof Asn1Error)) throw error;
      ctx.log.error({ file: name, reason: error.message }, 'a trusted root cannot be read');
    }
  }
  const held = await heldAuthority(ctx);
  if (held) roots.set(held.authority.root.der.toString('base64'), held.authority.root);
  const chosen = [...roots].slice(0, mostRoots);
  return {
    anchors: chosen.map(([, certificate]) => ({ certificate })),
    fingerprint: createHash('sha256')
      .update(chosen.map(([der]) => der).join('\n'))
      .digest('hex')
      .slice(0, 32),
  };
}

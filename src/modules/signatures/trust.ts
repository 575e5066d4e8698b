import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Asn1Error } from '#formats/asn1';
import { readCertificatesPem, type Certificate } from '#formats/x509';
import type { Context } from '#kernel';
import { PolicyError, readPolicy, type TrustAnchor, type ValidationPolicy } from '#signing';
import { heldAuthority } from './authorityStore.ts';
import { refuse } from './refusals.ts';

/** The roots that this installation believes, and one name for the whole set. */
export interface TrustSet {
  readonly anchors: readonly TrustAnchor[];
  /** The validation policy of this installation, when it has one of its own. */
  readonly policy: ValidationPolicy | undefined;
  /** Changes when a root comes or goes, or the policy changes: reports made under another set are not used again. */
  readonly fingerprint: string;
}

const mostRoots = 200;
const policyFile = 'policy.json';

/**
 * The roots in `<dataDir>/trust/*.pem`, those of the policy in `<dataDir>/trust/policy.json`, and that of the test
 * authority when it is kept here. Read at each use: an operator adds a root by putting a file there. A root that cannot
 * be read is told in the log and left out; by a policy that cannot be read nothing is judged.
 * @throws Refusal policy-unreadable
 */
export async function trustSet(ctx: Context): Promise<TrustSet> {
  const folder = join(ctx.config.dataDir, 'trust');
  const names: readonly string[] = await readdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  const roots = new Map<string, Certificate>();
  for (const name of names.filter((one) => one.endsWith('.pem')).toSorted()) {
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
  const text = names.includes(policyFile) ? await readFile(join(folder, policyFile), 'utf8') : undefined;
  const policy = text === undefined ? undefined : policyOf(ctx, text);
  return {
    anchors: [...(policy?.anchors ?? []), ...chosen.map(([, certificate]) => ({ certificate }))],
    policy,
    fingerprint: createHash('sha256')
      .update(chosen.map(([der]) => der).join('\n'))
      .update(`\n${text ?? ''}`)
      .digest('hex')
      .slice(0, 32),
  };
}

function policyOf(ctx: Context, text: string): ValidationPolicy {
  try {
    return readPolicy(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof PolicyError) && !(error instanceof SyntaxError)) throw error;
    ctx.log.error({ file: policyFile, reason: error.message }, 'the validation policy cannot be read');
    throw refuse('policy-unreadable');
  }
}

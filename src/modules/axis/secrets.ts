import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Context } from '#kernel';
import { keepOnce } from './keep.ts';
import { allSystemSecrets, putSystem } from './store.ts';

/** How a sealed secret begins; what begins otherwise is from before secrets were sealed. */
const sealed = 'a256gcm:';
const [nonceBytes, tagBytes] = [12, 16];

const keys = new WeakMap<Context, Promise<Buffer>>();

/**
 * The key of the secrets of VXP systems, in `<data>/axis/vxp-key`: outside the database, so that a copy of that alone
 * lets nobody speak for a system.
 */
function keyOf(ctx: Context): Promise<Buffer> {
  let key = keys.get(ctx);
  if (!key) {
    const folder = join(ctx.config.dataDir, 'axis');
    key = keepOnce(folder, 'vxp-key', () => `${randomBytes(32).toString('hex')}\n`).then((text) => {
      const bytes = Buffer.from(text.trim(), 'hex');
      if (bytes.length !== 32) throw new Error(`${join(folder, 'vxp-key')} does not hold a key of 32 bytes`);
      return bytes;
    });
    keys.set(ctx, key);
    key.catch(() => keys.delete(ctx));
  }
  return key;
}

/** Seals a system's secret with AES-256-GCM, bound to the system's id. */
export async function sealSecret(ctx: Context, id: string, secret: string): Promise<string> {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', await keyOf(ctx), nonce).setAAD(Buffer.from(id));
  const bytes = Buffer.concat([nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${sealed}${bytes.toString('base64')}`;
}

/** Opens it again. @throws Error when it was sealed with another key, for another system, or was changed */
export async function openSecret(ctx: Context, id: string, kept: string): Promise<string> {
  if (!kept.startsWith(sealed)) return kept;
  const bytes = Buffer.from(kept.slice(sealed.length), 'base64');
  const decipher = createDecipheriv('aes-256-gcm', await keyOf(ctx), bytes.subarray(0, nonceBytes))
    .setAAD(Buffer.from(id))
    .setAuthTag(bytes.subarray(-tagBytes));
  const text = decipher.update(bytes.subarray(nonceBytes, -tagBytes), undefined, 'utf8');
  return text + decipher.final('utf8');
}

/** Seals what an earlier version kept in the open. */
export async function sealOldSecrets(ctx: Context): Promise<void> {
  const all = await ctx.db.transaction(null, allSystemSecrets);
  for (const { id, secret } of all.filter((one) => !one.secret.startsWith(sealed))) {
    const row = { id, secret: await sealSecret(ctx, id, secret) };
    await ctx.db.transaction(null, (tx) => putSystem(tx, row, ctx.clock.now()));
  }
}

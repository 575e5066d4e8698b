import { createPrivateKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { vietnamIso, type Context } from '#kernel';
import { commit, encodeEntry, issueReceipt, newSalt, noteSigner, publicJwk, type NoteSigner } from '#ledger';
import type { AcceptJob, DeliveryState } from './batch.ts';
import { keepOnce } from './keep.ts';

/** Signs what the axis says: receipts with P-256 (ES256), the log's checkpoints with Ed25519. */
export interface Notary {
  /** Name of the log, for ever the one of its first day. */
  readonly origin: string;
  readonly checkpointSigner: NoteSigner;
  readonly receiptKey: KeyObject;
  readonly published: { readonly jwk: JsonWebKey; readonly kid: string; readonly logKey: string };
  acceptance(
    facts: AcceptJob & { readonly logIndex: number; readonly counter: number; readonly acceptedAt: Date },
  ): { readonly entry: Uint8Array; readonly salt: Uint8Array; readonly receipt: string };
  acknowledgement(facts: {
    readonly id: string;
    readonly contentHash: string;
    readonly recipientCode: string;
    readonly result: DeliveryState;
    readonly logIndex: number;
    readonly at: Date;
  }): { readonly entry: Uint8Array; readonly salt: Uint8Array; readonly payload: string };
}

const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }) as string;

/** A text as receipts state it: never empty, without control characters and of at most 500 characters. */
export const stated = (text: string): string => text.replace(/\p{Cc}+/gu, ' ').slice(0, 500) || '-';

/** Opens the axis's keys in `<data>/axis`, made at the first start. */
export async function openNotary(ctx: Context): Promise<Notary> {
  const folder = join(ctx.config.dataDir, 'axis');
  const receiptKey = createPrivateKey(
    await keepOnce(folder, 'receipt-key.pem', () =>
      pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    ),
  );
  const logKey = createPrivateKey(
    await keepOnce(folder, 'log-key.pem', () => pem(generateKeyPairSync('ed25519').privateKey)),
  );
  const origin = (
    await keepOnce(folder, 'log-origin', () => `${new URL(ctx.config.publicUrl).host}/log\n`)
  ).trim();
  const jwk = publicJwk(receiptKey);
  const checkpointSigner = noteSigner(origin, logKey, 'ed25519');
  return {
    origin,
    checkpointSigner,
    receiptKey,
    published: { jwk, kid: jwk.kid, logKey: checkpointSigner.vkey },
    acceptance(facts) {
      const { receipt, entry, claims } = issueReceipt(
        {
          envelopeHash: facts.contentHash,
          kind: facts.business,
          document: {
            issuer: stated(facts.senderCode),
            id: stated(facts.documentId),
            notation: stated(facts.notation),
            date: facts.documentDate || '0000-00-00',
          },
          sender: stated(facts.senderCode),
          recipients: facts.recipients.map(({ code }) => stated(code)),
          acceptedAt: vietnamMilliseconds(facts.acceptedAt),
          counter: facts.counter,
          log: { origin, index: facts.logIndex },
        },
        receiptKey,
        jwk.kid,
      );
      return { receipt, entry, salt: Buffer.from(claims.salt, 'base64url') };
    },
    acknowledgement(facts) {
      const salt = newSalt();
      const payload = JSON.stringify({
        version: 1,
        delivery: facts.id,
        envelopeHash: facts.contentHash,
        recipient: facts.recipientCode,
        result: facts.result,
        at: vietnamMilliseconds(facts.at),
        log: { origin, index: facts.logIndex },
      });
      const commitment = commit(salt, Buffer.from(payload));
      return {
        entry: encodeEntry({ kind: 'delivery', time: facts.at.getTime(), commitment }),
        salt,
        payload,
      };
    },
  };
}

/** ISO 8601 in Viet Nam with milliseconds. */
function vietnamMilliseconds(at: Date): string {
  return vietnamIso(at).replace('+07:00', `.${String(at.getUTCMilliseconds()).padStart(3, '0')}+07:00`);
}

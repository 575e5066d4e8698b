import { createHash, createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { contentDigest, signRequest } from '#signing';

const answerWithinMs = 30_000;

/** A member of the axis under judgement, with its key (axis-1 §3.1). */
export interface Member {
  readonly code: string;
  readonly keyId: string;
  readonly privateKey: KeyObject;
}

/** Reads `CODE=certificate.pem,key.pem`. @throws Error in one line when it cannot be read */
export async function readMember(text: string): Promise<Member> {
  const parts = /^([^=]+)=([^,]+),(.+)$/.exec(text);
  if (!parts) throw new Error(`"${text}": cần CODE=certificate.pem,key.pem`);
  const [, code, certificate, key] = parts as unknown as [string, string, string, string];
  const { raw } = new X509Certificate(await readFile(certificate));
  return {
    code,
    keyId: createHash('sha256').update(raw).digest('base64url'),
    privateKey: createPrivateKey(await readFile(key)),
  };
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
  /** The body as JSON; null when it is none. */
  readonly json: Readonly<Record<string, unknown>> | null;
}

export interface Call {
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** What the signature says otherwise than it should. */
  readonly created?: number;
  readonly nonce?: string;
  readonly covered?: readonly string[];
  readonly signedPath?: string;
  readonly digest?: string;
  readonly keyId?: string;
}

/** Speaks axis-1 with one axis. */
export interface Client {
  /** @param member who signs; null: nobody */
  call(member: Member | null, call: Call): Promise<Reply>;
}

export function createClient(base: string): Client {
  const root = base.replace(/\/$/, '');
  return {
    async call(member, call) {
      const method = call.method ?? (call.body ? 'POST' : 'GET');
      const headers: Record<string, string> = {
        ...call.headers,
        ...(call.body ? { 'content-digest': call.digest ?? contentDigest(call.body) } : {}),
      };
      const signature =
        member === null
          ? {}
          : signRequest({
              method,
              url: `${root}${call.signedPath ?? call.path}`,
              headers,
              privateKey: member.privateKey,
              keyId: call.keyId ?? member.keyId,
              created: call.created,
              nonce: call.nonce,
              covered: call.covered,
            });
      const reply = await fetch(`${root}${call.path}`, {
        method,
        headers: { ...headers, ...signature },
        body: call.body ? new Uint8Array(call.body) : null,
        redirect: 'error',
        signal: AbortSignal.timeout(answerWithinMs),
      });
      const body = Buffer.from(await reply.arrayBuffer());
      let json: Reply['json'] = null;
      try {
        json = JSON.parse(body.toString()) as Record<string, unknown>;
      } catch {
        // Not every answer is JSON.
      }
      return { status: reply.status, headers: reply.headers, body, json };
    },
  };
}

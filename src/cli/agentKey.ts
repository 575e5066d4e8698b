import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { readCertificatesPem } from '#formats/x509';
import { keySigner, openToken, readPkcs12, remoteSigner, type HttpFetch, type Signer } from '#signing';

/** What the command sees of the world; the real one is in `terminal.ts`. */
export interface AgentWorld {
  readonly fetch: HttpFetch;
  say(line: string): void;
  complain(line: string): void;
  /** Asks without showing what is typed. */
  askSecret(question: string): Promise<string>;
  ask(question: string): Promise<string>;
}

/** What the command was told. */
export interface Asked {
  readonly url: string;
  readonly code: string;
  readonly p12?: string;
  readonly pkcs11?: string;
  readonly csc?: string;
  readonly token?: string;
  readonly key?: string;
  readonly issuers?: string;
  readonly yes: boolean;
}

/** One line for the signer: a refusal of the office, or why its request is not followed. */
export class OfficeRefusal extends Error {}

interface OpenKey {
  readonly signer: Signer;
  close(): Promise<void>;
}

/** Opens the key that the command names; asks for its PIN. @throws TokenError, RemoteError, SigningError */
export async function openKey(world: AgentWorld, asked: Asked): Promise<OpenKey> {
  const issuers =
    asked.issuers === undefined ? [] : readCertificatesPem(await readFile(asked.issuers, 'utf8'));
  if (asked.csc !== undefined)
    return { signer: await remoteKey(world, asked.csc), close: async () => undefined };
  const pin = await world.askSecret('Mã PIN: ');
  if (asked.p12 !== undefined) {
    const { key, chain } = await readPkcs12(await readFile(asked.p12), pin);
    return { signer: keySigner(key, chain), close: async () => undefined };
  }
  const token = await openToken({
    library: asked.pkcs11!,
    pin: () => pin,
    issuers,
    ...(asked.token === undefined ? {} : { token: asked.token }),
  });
  try {
    return {
      signer: token.signer(asked.key === undefined ? {} : { key: asked.key }),
      close: () => token.close(),
    };
  } catch (error) {
    await token.close();
    throw error;
  }
}

const remoteFile = z.strictObject({
  baseUrl: z.string(),
  ca: z.string().optional(),
  credential: z.string().optional(),
  account: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('basic'), userId: z.string(), password: z.string() }),
    z.strictObject({ type: z.literal('oauth2client'), clientId: z.string(), clientSecret: z.string() }),
  ]),
});

/** A key at a remote service; PIN and OTP are asked for when the service wants them, for a batch once. */
async function remoteKey(world: AgentWorld, path: string): Promise<Signer> {
  const text = await readFile(path, 'utf8');
  const read = remoteFile.safeParse(jsonOf(text));
  if (!read.success)
    throw new OfficeRefusal(
      `Tệp thiết lập dịch vụ ký từ xa sai ở "${read.error.issues[0]?.path.join('.')}".`,
    );
  const { baseUrl, account, ca, credential } = read.data;
  return await remoteSigner({
    baseUrl,
    account,
    ...(ca === undefined ? {} : { ca }),
    ...(credential === undefined ? {} : { credential }),
    async secrets(wanted, signatures) {
      const given: Record<string, string> = {};
      for (const { id, label } of wanted)
        given[id] = await world.askSecret(`${label === '' ? id : label} (${signatures} chữ ký): `);
      return given;
    },
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import {
  createServer as createPlain,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecure } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IssuedKey } from '../authority.ts';

/**
 * A remote signing service for tests, strict by the Cloud Signature Consortium API v2: JSON only, bearer tokens, a SAD
 * that is bound to credential, hashes and digest, used once, and runs out; PINs that lock. openssl signs, not our code.
 */
export interface TestService {
  readonly baseUrl: string;
  /** Methods as they were called, with what the client sent. */
  readonly calls: { readonly method: string; readonly body: Record<string, unknown> }[];
  /** What the next call of a method does instead. */
  readonly mischief: Map<string, (response: ServerResponse) => void>;
  /** Forgets all access tokens. */
  expireTokens(): void;
  /** Whether the info names another host for its tokens. */
  oauth2: string | undefined;
  rawEcdsa: boolean;
  close(): Promise<void>;
}

export interface TestCredential {
  readonly issued: IssuedKey;
  readonly algo: readonly string[];
  readonly multisign: number;
  readonly pin?: string;
  readonly status?: string;
}

interface Activation {
  readonly credential: string;
  readonly hashes: readonly string[];
  readonly digest: string;
  readonly until: number;
}

const account = { userId: 'van-phong', password: 'mat-khau-dich-vu', clientSecret: 'bi-mat-khach' };
export const testAccount = account;
const digestNames: Readonly<Record<string, readonly [name: string, octets: number]>> = {
  '2.16.840.1.101.3.4.2.1': ['sha256', 32],
  '2.16.840.1.101.3.4.2.2': ['sha384', 48],
  '2.16.840.1.101.3.4.2.3': ['sha512', 64],
};

class Refused extends Error {
  readonly status: number;
  readonly error: string;

  constructor(status: number, error: string, description: string) {
    super(description);
    this.status = status;
    this.error = error;
  }
}
const invalid = (description: string): Refused => new Refused(400, 'invalid_request', description);

export async function startTestService(
  credentials: Readonly<Record<string, TestCredential>>,
  tls?: { readonly key: string; readonly cert: string },
): Promise<TestService> {
  const folder = mkdtempSync(join(tmpdir(), 'phigiay-csc-'));
  const tokens = new Set<string>();
  const activations = new Map<string, Activation>();
  const wrongPins = new Map<string, number>();
  const calls: TestService['calls'] = [];
  const mischief: TestService['mischief'] = new Map();
  const settings = { oauth2: undefined as string | undefined, rawEcdsa: false };

  const credentialOf = (body: Record<string, unknown>): [string, TestCredential] => {
    const id = body['credentialID'];
    const found = typeof id === 'string' ? credentials[id] : undefined;
    if (typeof id !== 'string' || !found) throw invalid('Invalid parameter credentialID');
    return [id, found];
  };
  const hashesOf = (body: Record<string, unknown>): { hashes: string[]; digest: string; oid: string } => {
    const { hashes, hashAlgorithmOID: oid } = body;
    const known = typeof oid === 'string' ? digestNames[oid] : undefined;
    if (!known) throw invalid('Invalid parameter hashAlgorithmOID');
    if (!Array.isArray(hashes) || hashes.length === 0)
      throw invalid('Missing (or invalid type) array parameter hashes');
    for (const one of hashes)
      if (typeof one !== 'string' || Buffer.from(one, 'base64').length !== known[1])
        throw invalid('Invalid Base64 hashes string parameter');
    return { hashes: hashes as string[], digest: known[0], oid: oid as string };
  };

  const authorize = (body: Record<string, unknown>): object => {
    const [id, credential] = credentialOf(body);
    const { hashes, oid } = hashesOf(body);
    if (body['numSignatures'] !== hashes.length) throw invalid('Invalid number of signatures');
    if (hashes.length > credential.multisign) throw invalid('Numbers of signatures is too high');
    if (credential.pin !== undefined) {
      if ((wrongPins.get(id) ?? 0) >= 3) throw new Refused(400, 'locked_pin', 'The PIN is locked');
      const given = (body['authData'] as { id: string; value: string }[] | undefined)?.find(
        (one) => one.id === 'PIN',
      );
      if (given?.value !== credential.pin) {
        wrongPins.set(id, (wrongPins.get(id) ?? 0) + 1);
        throw new Refused(400, 'invalid_pin', 'The PIN is invalid');
      }
      wrongPins.delete(id);
    }
    const sad = randomBytes(24).toString('base64url');
    activations.set(sad, { credential: id, hashes, digest: oid, until: Date.now() + 60_000 });
    return { SAD: sad, expiresIn: 60 };
  };

  const signHash = (body: Record<string, unknown>): object => {
    const [id, credential] = credentialOf(body);
    const { hashes, digest, oid } = hashesOf(body);
    const sad = typeof body['SAD'] === 'string' ? body['SAD'] : '';
    const activation = activations.get(sad);
    activations.delete(sad);
    if (!activation || activation.until < Date.now()) throw invalid('Invalid parameter SAD');
    if (
      activation.credential !== id ||
      activation.digest !== oid ||
      String(activation.hashes) !== String(hashes)
    )
      throw invalid('Hash is not authorized by the SAD');
    const { signAlgo, signAlgoParams } = body;
    if (typeof signAlgo !== 'string' || !credential.algo.includes(signAlgo))
      throw invalid('Invalid parameter signAlgo');
    const pss = signAlgo === '1.2.840.113549.1.1.10';
    if (pss && typeof signAlgoParams !== 'string') throw invalid('Missing string parameter signAlgoParams');
    const kind = credential.issued.key.asymmetricKeyType === 'rsa' ? (pss ? 'pss' : 'rsa') : 'ec';
    return {
      signatures: hashes.map((one) => sign(folder, credential, kind, digest, one, settings.rawEcdsa)),
    };
  };

  const login = (request: IncomingMessage): object => {
    const wanted = `Basic ${Buffer.from(`${account.userId}:${account.password}`).toString('base64')}`;
    if (request.headers.authorization !== wanted)
      throw new Refused(401, 'authentication_error', 'An error occurred during authentication process');
    return token();
  };
  const token = (): object => {
    const made = randomBytes(24).toString('base64url');
    tokens.add(made);
    return { access_token: made, token_type: 'Bearer', expires_in: 3600 };
  };
  const client = (text: string): object => {
    const form = new URLSearchParams(text);
    if (form.get('grant_type') !== 'client_credentials' || form.get('client_secret') !== account.clientSecret)
      throw new Refused(401, 'invalid_client', 'Client authentication failed');
    return token();
  };

  const info = (): object => ({
    specs: '2.0.0.2',
    name: 'Dịch vụ ký thử nghiệm',
    logo: '',
    region: 'VN',
    lang: 'vi',
    description: '',
    authType: ['basic', 'oauth2client'],
    ...(settings.oauth2 === undefined ? {} : { oauth2: settings.oauth2 }),
    methods: [
      'auth/login',
      'credentials/list',
      'credentials/info',
      'credentials/authorize',
      'signatures/signHash',
    ],
  });
  const credentialInfo = (body: Record<string, unknown>): object => {
    const [, { issued, algo, multisign, pin, status }] = credentialOf(body);
    return {
      key: { status: 'enabled', algo, len: 2048 },
      cert: {
        status: status ?? 'valid',
        certificates: issued.chain.map((one) => one.der.toString('base64')),
      },
      auth:
        pin === undefined
          ? { mode: 'implicit' }
          : { mode: 'explicit', objects: [{ type: 'Password', id: 'PIN', format: 'A', label: 'PIN' }] },
      multisign,
      lang: 'vi',
    };
  };

  const answer = (path: string, request: IncomingMessage, text: string): object => {
    if (path === 'oauth2/token') return client(text);
    if (!(request.headers['content-type'] ?? '').startsWith('application/json'))
      throw invalid('Content-Type');
    const body = JSON.parse(text) as Record<string, unknown>;
    calls.push({ method: path, body });
    if (path === 'info') return info();
    if (path === 'auth/login') return login(request);
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (bearer === undefined || !tokens.has(bearer))
      throw new Refused(401, 'invalid_token', 'Invalid access token');
    if (path === 'credentials/list') return { credentialIDs: Object.keys(credentials) };
    if (path === 'credentials/info') return credentialInfo(body);
    if (path === 'credentials/authorize') return authorize(body);
    if (path === 'signatures/signHash') return signHash(body);
    throw new Refused(501, 'not_implemented', path);
  };

  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const path = (request.url ?? '').replace('/csc/v2/', '');
      const instead = mischief.get(path);
      if (instead) {
        mischief.delete(path);
        return instead(response);
      }
      let status = 200;
      let said: object;
      try {
        if (request.method !== 'POST') throw invalid('method');
        said = answer(path, request, Buffer.concat(parts).toString('utf8'));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        ({ status } = error);
        said = { error: error.error, error_description: error.message };
      }
      return void response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(JSON.stringify(said));
    });
  };
  const server: Server = tls ? createSecure(tls, serve) : createPlain(serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `${tls ? 'https://localhost' : 'http://127.0.0.1'}:${port}/csc/v2`,
    calls,
    mischief,
    expireTokens: () => tokens.clear(),
    get oauth2() {
      return settings.oauth2;
    },
    set oauth2(value) {
      settings.oauth2 = value;
    },
    get rawEcdsa() {
      return settings.rawEcdsa;
    },
    set rawEcdsa(value) {
      settings.rawEcdsa = value;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    },
  };
}

/** openssl pkeyutl over a digest. */
function sign(
  folder: string,
  { issued }: TestCredential,
  kind: 'rsa' | 'pss' | 'ec',
  digest: string,
  hash: string,
  rawEcdsa: boolean,
): string {
  const key = join(folder, 'key.pem');
  const file = join(folder, 'hash.bin');
  writeFileSync(key, issued.key.export({ format: 'pem', type: 'pkcs8' }));
  writeFileSync(file, Buffer.from(hash, 'base64'));
  const options = {
    rsa: ['-pkeyopt', 'rsa_padding_mode:pkcs1', '-pkeyopt', `digest:${digest}`],
    pss: [
      '-pkeyopt',
      'rsa_padding_mode:pss',
      '-pkeyopt',
      'rsa_pss_saltlen:digest',
      '-pkeyopt',
      `digest:${digest}`,
    ],
    ec: [],
  }[kind];
  const der = execFileSync('openssl', ['pkeyutl', '-sign', '-inkey', key, '-in', file, ...options]);
  rmSync(key);
  if (kind !== 'ec' || !rawEcdsa) return der.toString('base64');
  const [r, s] = execFileSync('openssl', ['asn1parse', '-inform', 'DER'], { input: der, encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => /INTEGER\s+:([0-9A-F]+)/.exec(line)?.[1] ?? []);
  return Buffer.from(`${r!.padStart(64, '0')}${s!.padStart(64, '0')}`, 'hex').toString('base64');
}

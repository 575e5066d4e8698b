import { createHash } from 'node:crypto';
import { z } from 'zod';
import { Asn1Error, rawBytes, readAsn1 } from '#formats/asn1';
import {
  defaultSignatureAlgorithm,
  derSignatureAlgorithm,
  digestOfSignature,
  fitsKey,
  publicKeyOf,
  readAlgorithm,
  readCertificate,
  verifyBytes,
  type Certificate,
  type DigestAlgorithm,
  type SignatureAlgorithm,
} from '#formats/x509';
import { ecdsaDer } from '../pkcs11/mechanisms.ts';
import type { Signer } from '../signer.ts';
import { cscClient, type CscClient, type CscOptions } from './client.ts';
import { RemoteError } from './errors.ts';

/** What the holder must give for an authorisation: a PIN, an OTP (CSC API v2 §11.5, auth.objects). */
export interface AuthObject {
  readonly id: string;
  readonly type: string;
  readonly label: string;
}

export interface RemoteOptions extends CscOptions {
  /** credentialID; may be absent when the account has one. */
  readonly credential?: string;
  readonly algorithm?: SignatureAlgorithm;
  /** Asked at each authorisation for what the service wants; nothing keeps it. */
  readonly secrets: (
    wanted: readonly AuthObject[],
    signatures: number,
  ) => Promise<Readonly<Record<string, string>>>;
}

const text = z.string().max(10_000);
const list = z.object({ credentialIDs: z.array(text).max(1000) });
const credentialInfo = z.object({
  key: z.object({ status: z.string(), algo: z.array(text).max(50), len: z.number().int() }),
  cert: z.object({
    status: z.string().optional(),
    certificates: z.array(z.string().max(100_000)).min(1).max(10),
  }),
  auth: z.object({
    mode: z.string(),
    objects: z
      .array(z.object({ id: text, type: text, label: text.optional() }))
      .max(10)
      .optional(),
  }),
  multisign: z.number().int().positive(),
});
const authorised = z.object({
  SAD: z.string().min(1).max(16_384),
  expiresIn: z.number().int().positive().optional(),
});
const signed = z.object({ signatures: z.array(z.string().max(8192)) });

const digestOids: Readonly<Record<DigestAlgorithm, string>> = {
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
};
const rsaEncryption = '1.2.840.113549.1.1.1';
const all: readonly SignatureAlgorithm[] = (['sha256', 'sha384', 'sha512'] as const).flatMap((digest) => [
  `rsa-${digest}` as const,
  `ecdsa-${digest}` as const,
  `rsa-pss-${digest}` as const,
]);

/** signAlgo and signAlgoParams (CSC API v2 §11.9). */
function wire(algorithm: SignatureAlgorithm): {
  readonly signAlgo: string;
  readonly signAlgoParams?: string;
} {
  const { oid, parameters } = readAlgorithm(readAsn1(derSignatureAlgorithm(algorithm)));
  return algorithm.startsWith('rsa-pss-')
    ? { signAlgo: oid, signAlgoParams: parameters!.toString('base64') }
    : { signAlgo: oid };
}

function offers(algo: readonly string[], algorithm: SignatureAlgorithm): boolean {
  const plainRsa = algorithm.startsWith('rsa-') && !algorithm.startsWith('rsa-pss-');
  return algo.includes(wire(algorithm).signAlgo) || (plainRsa && algo.includes(rsaEncryption));
}

/**
 * A signer whose key is at a remote service (Cloud Signature Consortium API v2: info, auth/login or OAuth 2 client,
 * credentials/list, credentials/info, credentials/authorize, signatures/signHash). A batch is authorised as one, as far
 * as the service allows (`multisign`); the activation data (SAD) is bound to the very hashes.
 * @throws RemoteError
 */
export async function remoteSigner(options: RemoteOptions): Promise<Signer> {
  const client = await cscClient(options);
  const id = options.credential ?? (await onlyCredential(client));
  const info = await client.call(
    'credentials/info',
    { credentialID: id, certificates: 'chain', certInfo: false, authInfo: true },
    credentialInfo,
  );
  if (info.key.status !== 'enabled')
    throw new RemoteError('remote-key', { reason: `key ${info.key.status}` });
  if (info.cert.status !== undefined && info.cert.status !== 'valid')
    throw new RemoteError('remote-key', { reason: `certificate ${info.cert.status}` });
  if (info.auth.mode !== 'implicit' && info.auth.mode !== 'explicit')
    throw new RemoteError('remote-unsupported', { reason: `auth mode ${info.auth.mode}` });
  const certificateChain = readChain(info.cert.certificates);
  const key = publicKeyOf(certificateChain[0]!);
  const usable = [defaultSignatureAlgorithm(key), ...all].filter(
    (one) => fitsKey(one, key) && one !== 'ed25519',
  );
  const algorithm = (options.algorithm === undefined ? usable : [options.algorithm]).find(
    (one) => usable.includes(one) && offers(info.key.algo, one),
  );
  if (!algorithm)
    throw new RemoteError('remote-unsupported', { reason: options.algorithm ?? info.key.algo.join(', ') });
  const signMany = async (tbs: readonly Uint8Array[]): Promise<Buffer[]> => {
    const signatures: Buffer[] = [];
    for (let at = 0; at < tbs.length; at += info.multisign) {
      const part = tbs.slice(at, at + info.multisign);
      signatures.push(
        ...(await signPart(client, id, info.auth, options, algorithm, certificateChain[0]!, part)),
      );
    }
    return signatures;
  };
  return { algorithm, certificateChain, signMany, sign: async (tbs) => (await signMany([tbs]))[0]! };
}

async function onlyCredential(client: CscClient): Promise<string> {
  const { credentialIDs } = await client.call('credentials/list', {}, list);
  const [first, ...more] = credentialIDs;
  if (first === undefined) throw new RemoteError('remote-key', { reason: 'none' });
  if (more.length > 0) throw new RemoteError('remote-key', { reason: credentialIDs.slice(0, 10).join(', ') });
  return first;
}

function readChain(encoded: readonly string[]): Certificate[] {
  try {
    return encoded.map((one) => readCertificate(Buffer.from(one, 'base64')));
  } catch (error) {
    if (error instanceof Asn1Error) throw new RemoteError('remote-malformed', { reason: 'certificate' });
    throw error;
  }
}

async function signPart(
  client: CscClient,
  credentialID: string,
  auth: z.output<typeof credentialInfo>['auth'],
  options: RemoteOptions,
  algorithm: SignatureAlgorithm,
  certificate: Certificate,
  tbs: readonly Uint8Array[],
): Promise<Buffer[]> {
  const digest = digestOfSignature(algorithm) as DigestAlgorithm;
  const hashes = tbs.map((one) => createHash(digest).update(one).digest('base64'));
  const bound = { credentialID, hashes, hashAlgorithmOID: digestOids[digest] };
  const wanted = (auth.objects ?? []).map(({ id, type, label = '' }) => ({ id, type, label }));
  const given = auth.mode === 'implicit' ? {} : await options.secrets(wanted, tbs.length);
  const authData = Object.entries(given).map(([id, value]) => ({ id, value }));
  const { SAD } = await client.call(
    'credentials/authorize',
    { ...bound, numSignatures: hashes.length, ...(authData.length === 0 ? {} : { authData }) },
    authorised,
  );
  const { signatures } = await client.call(
    'signatures/signHash',
    { ...bound, SAD, operationMode: 'S', ...wire(algorithm) },
    signed,
  );
  if (signatures.length !== tbs.length)
    throw new RemoteError('remote-malformed', {
      reason: `${signatures.length} signatures for ${tbs.length}`,
    });
  return signatures.map((one, index) =>
    checked(Buffer.from(one, 'base64'), algorithm, certificate, tbs[index]!),
  );
}

/** A signature as CMS wants it, and only if it is one. ECDSA comes as DER; some services send r‖s. */
function checked(
  raw: Buffer,
  algorithm: SignatureAlgorithm,
  certificate: Certificate,
  tbs: Uint8Array,
): Buffer {
  const signature = algorithm.startsWith('ecdsa-') && !isSequence(raw) ? ecdsaDer(raw) : raw;
  if (!verifyBytes(algorithm, publicKeyOf(certificate), tbs, signature))
    throw new RemoteError('remote-malformed', { reason: 'signature-invalid' });
  return signature;
}

function isSequence(bytes: Buffer): boolean {
  try {
    return rawBytes(readAsn1(bytes, { rules: 'der' }))[0] === 0x30;
  } catch (error) {
    if (error instanceof Asn1Error) return false;
    throw error;
  }
}

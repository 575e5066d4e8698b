import { Asn1Error } from '#formats/asn1';
import {
  defaultSignatureAlgorithm,
  fitsKey,
  publicKeyOf,
  readCertificate,
  sameName,
  verifyBytes,
  type Certificate,
  type SignatureAlgorithm,
} from '#formats/x509';
import type { Signer } from '../signer.ts';
import type { TokenCall, TokenFacts, TokenObjects } from './calls.ts';
import { DriverFault, driverOf, type Driver } from './driver.ts';
import { lostSession, TokenError, tokenError, wrongPin, type PinTries } from './errors.ts';
import { mechanismOf, signatureFromToken, tokenOperation } from './mechanisms.ts';

export interface TokenOptions {
  /** Path of the vendor's PKCS#11 library. */
  readonly library: string;
  /** Label or serial number; absent when only one token is present. */
  readonly token?: string;
  /** Asked for the PIN at each login: when the token is opened, and when a session was lost. Nothing keeps it. */
  readonly pin: () => string | Promise<string>;
  /** Certificates of issuers that are not on the token. */
  readonly issuers?: readonly Certificate[];
  /** Milliseconds for one operation, the user's touch included. Default 60 seconds. */
  readonly timeout?: number;
}

/** A signing key with its certificate, on a token. */
export interface TokenKey {
  /** CKA_ID, hex. */
  readonly id: string;
  readonly label: string;
  readonly certificate: Certificate;
  /** What it can sign with; the key's default first. */
  readonly algorithms: readonly SignatureAlgorithm[];
}

export interface Token {
  readonly label: string;
  readonly serialNumber: string;
  readonly keys: readonly TokenKey[];
  /**
   * A signer with one of the keys; all of a token's operations wait in one queue.
   * @param choice `key` label or CKA_ID; may be absent when there is one
   * @throws TokenError key-not-found, key-ambiguous, algorithm-not-supported
   */
  signer(choice?: { readonly key?: string; readonly algorithm?: SignatureAlgorithm }): Signer;
  /** Logs out; the last token of a library closes it. */
  close(): Promise<void>;
}

const digests = ['sha256', 'sha384', 'sha512'] as const;

/** The tokens that are present. @throws TokenError */
export async function presentTokens(library: string, timeout = 60_000): Promise<readonly TokenFacts[]> {
  const driver = driverOf(library);
  try {
    return (await driver.ask({ kind: 'tokens' }, timeout)) as TokenFacts[];
  } catch (error) {
    throw plain(error);
  } finally {
    await driver.release();
  }
}

const plain = (error: unknown): unknown => (error instanceof DriverFault ? tokenError(error.ckr) : error);

/**
 * Opens a token or a partition of an HSM (PKCS#11 v2.40) and logs in.
 * @throws TokenError
 */
export async function openToken(options: TokenOptions): Promise<Token> {
  const { library, timeout = 60_000 } = options;
  const driver = driverOf(library);
  let slot: string | undefined;
  try {
    const facts = choose((await driver.ask({ kind: 'tokens' }, timeout)) as TokenFacts[], options.token);
    if (driver.openSlots.has(facts.slot)) throw new TokenError('token-in-use');
    ({ slot } = facts);
    driver.openSlots.add(slot);
    const session = new TokenSession(driver, facts, options.pin, timeout);
    await session.login();
    const objects = (await session.once({ kind: 'objects', slot })) as TokenObjects;
    return tokenOf(driver, session, facts, keysOf(objects, facts), [
      ...(options.issuers ?? []),
      ...certificatesOf(objects).map(({ certificate }) => certificate),
    ]);
  } catch (error) {
    if (slot !== undefined) driver.openSlots.delete(slot);
    await driver.release();
    throw plain(error);
  }
}

function choose(present: readonly TokenFacts[], wanted: string | undefined): TokenFacts {
  const fitting = present.filter(
    ({ label, serialNumber }) => wanted === undefined || label === wanted || serialNumber === wanted,
  );
  const [first, ...more] = fitting;
  if (!first) throw new TokenError('token-not-found', { wanted: wanted === undefined ? '' : ` "${wanted}"` });
  if (more.length > 0) {
    const labels = fitting.map(({ label, serialNumber }) => `${label} (${serialNumber})`).join(', ');
    throw new TokenError('token-ambiguous', { count: fitting.length, labels });
  }
  return first;
}

function certificatesOf(objects: TokenObjects): { id: string; certificate: Certificate }[] {
  return objects.certificates.flatMap(({ id, der }) => {
    try {
      return [{ id, certificate: readCertificate(der) }];
    } catch (error) {
      if (error instanceof Asn1Error) return [];
      throw error;
    }
  });
}

function keysOf(objects: TokenObjects, facts: TokenFacts): (TokenKey & { reauthenticate: boolean })[] {
  const certificates = certificatesOf(objects);
  return objects.keys.flatMap(({ id, label, alwaysAuthenticate }) => {
    const certificate = certificates.find((one) => one.id === id)?.certificate;
    if (!certificate) return [];
    return [
      {
        id,
        label,
        certificate,
        algorithms: algorithmsOf(certificate, facts.mechanisms),
        reauthenticate: alwaysAuthenticate,
      },
    ];
  });
}

function algorithmsOf(certificate: Certificate, mechanisms: readonly number[]): SignatureAlgorithm[] {
  const key = publicKeyOf(certificate);
  const own = defaultSignatureAlgorithm(key);
  const all: readonly SignatureAlgorithm[] = [
    own,
    ...digests.flatMap((digest) => [`rsa-${digest}`, `rsa-pss-${digest}`, `ecdsa-${digest}`] as const),
  ];
  return [...new Set(all)].filter((one) => fitsKey(one, key) && mechanisms.includes(mechanismOf(one)));
}

/** A login on one slot, and the queue of what is asked of it. */
class TokenSession {
  readonly #driver: Driver;
  readonly #facts: TokenFacts;
  readonly #pin: TokenOptions['pin'];
  readonly #timeout: number;
  #queue: Promise<unknown> = Promise.resolve();
  /** A refusal that holds until somebody opens the token anew: a wrong PIN is never tried twice. */
  #refused: TokenError | undefined;

  constructor(driver: Driver, facts: TokenFacts, pin: TokenOptions['pin'], timeout: number) {
    this.#driver = driver;
    this.#facts = facts;
    this.#pin = pin;
    this.#timeout = timeout;
  }

  async login(): Promise<void> {
    const { slot, pinPad } = this.#facts;
    const pin = pinPad ? undefined : await this.#pin();
    try {
      await this.once({ kind: 'login', slot, pin });
    } catch (error) {
      throw await this.#judge(error);
    }
  }

  async once(call: TokenCall): Promise<unknown> {
    return await this.#driver.ask(call, this.#timeout);
  }

  /** One after another for each slot; a session that was lost is opened anew, once. */
  async sign(call: Extract<TokenCall, { kind: 'sign' }>): Promise<Uint8Array> {
    const run = async (): Promise<Uint8Array> => {
      if (this.#refused) throw this.#refused;
      try {
        return await this.#signOnce(call);
      } catch (error) {
        if (!(error instanceof DriverFault) || !lostSession.has(error.ckr)) throw await this.#judge(error);
      }
      await this.login();
      try {
        return await this.#signOnce(call);
      } catch (error) {
        throw await this.#judge(error);
      }
    };
    const mine = this.#queue.then(run, run);
    this.#queue = mine.catch(() => undefined);
    return await mine;
  }

  async #signOnce(call: Extract<TokenCall, { kind: 'sign' }>): Promise<Uint8Array> {
    const pin = call.reauthenticate && !this.#facts.pinPad ? await this.#pin() : undefined;
    return (await this.once({ ...call, pin })) as Uint8Array;
  }

  async #judge(error: unknown): Promise<unknown> {
    if (!(error instanceof DriverFault)) return error;
    if (error.ckr === 'CKR_PIN_INCORRECT') {
      this.#refused = wrongPin(await this.#tries());
      return this.#refused;
    }
    const refusal = tokenError(error.ckr);
    if (refusal.code === 'pin-locked' || refusal.code === 'pin-unusable') this.#refused = refusal;
    // A dead handle after a fresh login means that the key is no longer where it was.
    return lostSession.has(error.ckr) ? new TokenError('token-removed') : refusal;
  }

  async #tries(): Promise<PinTries> {
    try {
      return (await this.once({ kind: 'tries', slot: this.#facts.slot })) as PinTries;
    } catch {
      return 'unknown';
    }
  }

  async settle(): Promise<void> {
    await this.#queue;
  }
}

function tokenOf(
  driver: Driver,
  session: TokenSession,
  facts: TokenFacts,
  keys: readonly (TokenKey & { reauthenticate: boolean })[],
  issuers: readonly Certificate[],
): Token {
  const { slot } = facts;
  let closed = false;
  return {
    label: facts.label,
    serialNumber: facts.serialNumber,
    keys: keys.map(({ reauthenticate: _own, ...key }) => key),
    signer(choice = {}) {
      const key = chooseKey(keys, choice.key);
      const algorithm = choice.algorithm ?? key.algorithms[0];
      if (algorithm === undefined || !key.algorithms.includes(algorithm))
        throw new TokenError('algorithm-not-supported', { algorithm: algorithm ?? '' });
      const publicKey = publicKeyOf(key.certificate);
      return {
        algorithm,
        certificateChain: chainOf(key.certificate, issuers),
        async sign(tbs) {
          if (closed) throw new TokenError('token-removed');
          const operation = tokenOperation(algorithm, tbs);
          const { reauthenticate } = key;
          const raw = await session.sign({ kind: 'sign', slot, key: key.id, operation, reauthenticate });
          const signature = signatureFromToken(algorithm, raw);
          // A device that errs must not put a broken signature into a document.
          if (!verifyBytes(algorithm, publicKey, tbs, signature))
            throw new TokenError('token-failed', { reason: 'signature-invalid' });
          return signature;
        },
      };
    },
    async close() {
      if (closed) return;
      closed = true;
      await session.settle();
      await session.once({ kind: 'close', slot }).catch(() => undefined);
      driver.openSlots.delete(slot);
      await driver.release();
    },
  };
}

function chooseKey<K extends TokenKey>(keys: readonly K[], wanted: string | undefined): K {
  const fitting = keys.filter(({ id, label }) => wanted === undefined || id === wanted || label === wanted);
  const [first, ...more] = fitting;
  if (!first) throw new TokenError('key-not-found', { wanted: wanted === undefined ? '' : ` "${wanted}"` });
  if (more.length > 0)
    throw new TokenError('key-ambiguous', {
      count: fitting.length,
      labels: fitting.map(({ label, id }) => `${label} (${id})`).join(', '),
    });
  return first;
}

/** The certificate and its issuers as far as they are known: by name and by key. */
function chainOf(certificate: Certificate, known: readonly Certificate[]): Certificate[] {
  const chain = [certificate];
  for (let last = certificate; chain.length < 8;) {
    const issuer = known.find((one) => sameName(one.subject, last.issuer) && !chain.includes(one));
    if (!issuer || sameName(last.subject, last.issuer)) break;
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}

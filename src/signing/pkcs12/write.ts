import { createCipheriv, createHash, createHmac, pbkdf2, randomBytes, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import {
  derBmp,
  derExplicit,
  derInteger,
  derNull,
  derOctets,
  derOid,
  derSequence,
  derSet,
  derSetOf,
  encode,
} from '#formats/asn1';
import { derDigestAlgorithm, type Certificate } from '#formats/x509';
import { keySigner } from '../signer.ts';
import { bmpPassword, pkcs12Key, pkcs12Oids } from './kdf.ts';

export interface WritePkcs12Input {
  readonly key: KeyObject;
  /** The key's certificate first. */
  readonly chain: readonly Certificate[];
  readonly password: string;
  /** What key stores show. */
  readonly friendlyName?: string;
  /** Of each key derivation. Default 200,000. */
  readonly iterations?: number;
}

const pbkdf2Async = promisify(pbkdf2);

/**
 * Writes a PKCS#12 file (RFC 7292): key and certificates with PBES2, PBKDF2-HMAC-SHA256 and AES-256-CBC, and a MAC
 * with HMAC-SHA256.
 * @throws SigningError `key-does-not-fit`
 */
export async function writePkcs12(input: WritePkcs12Input): Promise<Buffer> {
  const { key, chain, password, iterations = 200_000 } = input;
  keySigner(key, chain);
  const attributes = bagAttributes(chain[0] as Certificate, input.friendlyName);
  const certBags = chain.map((certificate, index) =>
    derSequence(
      derOid(pkcs12Oids.certBag),
      derExplicit(
        0,
        derSequence(derOid(pkcs12Oids.x509Certificate), derExplicit(0, derOctets(certificate.der))),
      ),
      ...(index === 0 ? [attributes] : []),
    ),
  );
  const certs = await encryptWith(derSequence(...certBags), password, iterations);
  const shrouded = await encryptWith(key.export({ format: 'der', type: 'pkcs8' }), password, iterations);
  const keyBag = derSequence(
    derOid(pkcs12Oids.shroudedKeyBag),
    derExplicit(0, derSequence(shrouded.algorithm, derOctets(shrouded.data))),
    attributes,
  );
  const safe = derSequence(
    derSequence(
      derOid(pkcs12Oids.encryptedData),
      derExplicit(
        0,
        derSequence(
          derInteger(0),
          derSequence(derOid(pkcs12Oids.data), certs.algorithm, encode(0x80, certs.data)),
        ),
      ),
    ),
    dataInfo(derSequence(keyBag)),
  );
  return derSequence(derInteger(3), dataInfo(safe), await macData(safe, password, iterations));
}

const dataInfo = (content: Buffer): Buffer =>
  derSequence(derOid(pkcs12Oids.data), derExplicit(0, derOctets(content)));

function bagAttributes(certificate: Certificate, friendlyName: string | undefined): Buffer {
  const id = createHash('sha1').update(certificate.der).digest();
  const list = [derSequence(derOid(pkcs12Oids.localKeyId), derSet(derOctets(id)))];
  if (friendlyName !== undefined)
    list.push(derSequence(derOid(pkcs12Oids.friendlyName), derSet(derBmp(friendlyName))));
  return derSetOf(list);
}

async function encryptWith(
  plain: Buffer,
  password: string,
  iterations: number,
): Promise<{ readonly algorithm: Buffer; readonly data: Buffer }> {
  const salt = randomBytes(16);
  const iv = randomBytes(16);
  const key = await pbkdf2Async(Buffer.from(password, 'utf8'), salt, iterations, 32, 'sha256');
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const data = Buffer.concat([cipher.update(plain), cipher.final()]);
  const prf = derSequence(derOid(pkcs12Oids.hmacSha256), derNull);
  const derivation = derSequence(
    derOid(pkcs12Oids.pbkdf2),
    derSequence(derOctets(salt), derInteger(iterations), prf),
  );
  const scheme = derSequence(derOid(pkcs12Oids.aes256Cbc), derOctets(iv));
  return { algorithm: derSequence(derOid(pkcs12Oids.pbes2), derSequence(derivation, scheme)), data };
}

async function macData(content: Buffer, password: string, iterations: number): Promise<Buffer> {
  const salt = randomBytes(16);
  const key = await pkcs12Key('sha256', bmpPassword(password), salt, iterations, 3, 32);
  const mac = createHmac('sha256', key).update(content).digest();
  return derSequence(
    derSequence(derDigestAlgorithm('sha256'), derOctets(mac)),
    derOctets(salt),
    derInteger(iterations),
  );
}

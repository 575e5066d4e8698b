import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const cborBytes = (bytes: Buffer): Buffer =>
  Buffer.concat([
    bytes.length < 256
      ? Buffer.from([0x58, bytes.length])
      : Buffer.from([0x59, bytes.length >> 8, bytes.length & 255]),
    bytes,
  ]);
const cborText = (text: string): Buffer =>
  Buffer.concat([Buffer.from([0x60 + text.length]), Buffer.from(text)]);

/** What a device answers to the server's challenges. */
export interface SoftwareAuthenticator {
  readonly credentialId: string;
  register(challenge: string, origin: string): object;
  authenticate(challenge: string, origin: string, counter: number, flags?: number): object;
}

/** A device that keeps one ES256 passkey, its messages made byte by byte (WebAuthn Level 3 section 6). */
export function softwareAuthenticator(rpId: string): SoftwareAuthenticator {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = publicKey.export({ format: 'jwk' });
  const id = randomBytes(16);
  const cose = Buffer.concat([
    Buffer.from('a5010203262001', 'hex'),
    Buffer.from('21', 'hex'),
    cborBytes(Buffer.from(jwk.x!, 'base64url')),
    Buffer.from('22', 'hex'),
    cborBytes(Buffer.from(jwk.y!, 'base64url')),
  ]);
  const head = (flags: number, counter: number): Buffer =>
    Buffer.concat([
      createHash('sha256').update(rpId).digest(),
      Buffer.from([flags]),
      Buffer.from([0, 0, 0, counter]),
    ]);
  const client = (type: string, challenge: string, origin: string): Buffer =>
    Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
  return {
    credentialId: id.toString('base64url'),
    register(challenge, origin) {
      const data = Buffer.concat([head(0x45, 0), Buffer.alloc(16), Buffer.from([0, id.length]), id, cose]);
      const attestation = Buffer.concat([
        Buffer.from([0xa3]),
        cborText('fmt'),
        cborText('none'),
        cborText('attStmt'),
        Buffer.from([0xa0]),
        cborText('authData'),
        cborBytes(data),
      ]);
      return {
        id: id.toString('base64url'),
        rawId: id.toString('base64url'),
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: client('webauthn.create', challenge, origin).toString('base64url'),
          attestationObject: attestation.toString('base64url'),
        },
      };
    },
    authenticate(challenge, origin, counter, flags = 0x05) {
      const data = head(flags, counter);
      const clientData = client('webauthn.get', challenge, origin);
      const signature = sign(
        'sha256',
        Buffer.concat([data, createHash('sha256').update(clientData).digest()]),
        privateKey,
      );
      return {
        id: id.toString('base64url'),
        rawId: id.toString('base64url'),
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: clientData.toString('base64url'),
          authenticatorData: data.toString('base64url'),
          signature: signature.toString('base64url'),
        },
      };
    },
  };
}

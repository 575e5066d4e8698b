import {
  buildTimestampRequest,
  readTimestampResponse,
  verifyTimestampToken,
  type TimestampToken,
} from '#formats/cms';
import { Asn1Error } from '#formats/asn1';
import { SigningError } from './errors.ts';

/** Port: something that stamps digests with a time that others trust. */
export interface TimestampSource {
  /** @returns DER of a time-stamp token (RFC 3161) whose imprint has been checked. @throws SigningError */
  timestamp(digest: Uint8Array, algorithm: 'sha256'): Promise<Uint8Array>;
}

/** A source that hands requests to a TSA in this process. */
export function localTimestamps(answer: (requestDer: Uint8Array) => Promise<Uint8Array>): TimestampSource {
  return {
    async timestamp(digest, algorithm) {
      const request = buildTimestampRequest(algorithm, digest);
      return checkAnswer(await answer(request.der), digest, request.nonce).der;
    },
  };
}

/** Checks a TimeStampResp against what was asked for. @throws SigningError */
export function checkAnswer(responseDer: Uint8Array, digest: Uint8Array, nonce: Buffer): TimestampToken {
  let response: ReturnType<typeof readTimestampResponse>;
  try {
    response = readTimestampResponse(responseDer);
  } catch (error) {
    if (error instanceof Asn1Error) throw new SigningError('timestamp-wrong', error.message, error);
    throw error;
  }
  if (!response.granted)
    throw new SigningError('timestamp-refused', `status ${response.status} ${response.text}`.trim());
  const { token } = response;
  if (!token.info.nonce?.equals(nonce)) throw new SigningError('timestamp-wrong', 'nonce');
  const verdict = verifyTimestampToken(token, () => digest);
  if (!verdict.valid || token.info.digestAlgorithm !== 'sha256')
    throw new SigningError('timestamp-wrong', verdict.problems.join(', '));
  return token;
}

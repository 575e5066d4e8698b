import { randomBytes } from 'node:crypto';
import { Asn1Error } from '#formats/asn1';
import { buildTimestampResponse, cmsOids, derTstInfo, digestFor, readTimestampRequest } from '#formats/cms';
import { createHash } from 'node:crypto';
import { signCms, type Signer } from './signer.ts';

export interface TsaOptions {
  readonly signer: Signer;
  readonly policy: string;
  readonly time: Date;
  /** Seconds. */
  readonly accuracy?: number;
}

const lengths: Readonly<Record<string, number>> = { sha256: 32, sha384: 48, sha512: 64 };

/**
 * Answers a TimeStampReq (RFC 3161 §2.4): a token, or the reason why not.
 * @returns DER of TimeStampResp; never throws on what the requester sent
 */
export async function answerTimestamp(requestDer: Uint8Array, options: TsaOptions): Promise<Buffer> {
  let request: ReturnType<typeof readTimestampRequest>;
  try {
    request = readTimestampRequest(requestDer);
  } catch (error) {
    if (error instanceof Asn1Error) return buildTimestampResponse({ failure: 'badDataFormat' });
    throw error;
  }
  const { digestAlgorithm, messageImprint, policy, nonce } = request;
  if (!digestAlgorithm || lengths[digestAlgorithm] !== messageImprint.length)
    return buildTimestampResponse({ failure: 'badAlg' });
  if (policy !== undefined && policy !== options.policy)
    return buildTimestampResponse({ failure: 'unacceptedPolicy' });
  const serialNumber = randomBytes(16);
  serialNumber[0] = ((serialNumber[0] as number) & 0x7f) | 0x40;
  const content = derTstInfo({
    policy: options.policy,
    digestAlgorithm,
    messageImprint,
    serialNumber,
    time: options.time,
    accuracy: options.accuracy ?? 1,
    ...(nonce ? { nonce } : {}),
  });
  const digest = digestFor(options.signer.algorithm);
  const token = await signCms(
    options.signer,
    {
      digest: createHash(digest).update(content).digest(),
      digestAlgorithm: digest,
      contentType: cmsOids.tstInfo,
      signingTime: options.time,
    },
    { content },
  );
  return buildTimestampResponse({ token });
}

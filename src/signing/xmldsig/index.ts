import type { SignaturePolicy } from '../ades/judge.ts';
import type { XmlReport } from './report.ts';
import type { SignXmlOptions, XmlTarget } from './sign.ts';
import type { VerifyXmlOptions } from './verify.ts';

/** libxml2 comes as WebAssembly: it is loaded by those who meet an XML signature, not by everybody at the start. */

/** As `verifyXml` in report.ts. */
export const verifyXml = async (
  bytes: Uint8Array,
  policy: SignaturePolicy,
  options?: VerifyXmlOptions,
): Promise<XmlReport> => (await import('./report.ts')).verifyXml(bytes, policy, options);

/** As `signXml` in sign.ts. */
export const signXml = async (target: XmlTarget, options: SignXmlOptions): Promise<Uint8Array> =>
  (await import('./sign.ts')).signXml(target, options);

export { XmlSignatureError, type XmlSignatureErrorCode, type XmlSignatureProblem } from './errors.ts';
export type { ExternalContent, SignedPart } from './references.ts';
export type { XmlReport } from './report.ts';
export type { SignXmlOptions, XmlTarget } from './sign.ts';

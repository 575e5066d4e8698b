import { Asn1Error } from '#formats/asn1';
import { judgeSignature, type SignaturePolicy } from '../ades/judge.ts';
import { presentOf } from '../pades/stamps.ts';
import { signerOf } from '../pades/describe.ts';
import {
  worstOf,
  type Finding,
  type Indication,
  type SignatureReport,
  type SubIndication,
  type ValidationReport,
} from '../report/types.ts';
import { problemTexts, type XmlSignatureProblem } from './errors.ts';
import type { SignedPart } from './references.ts';
import { verifyXmlSignatures, type VerifyXmlOptions, type XmlSignatureVerdict } from './verify.ts';

/** The report of an XML document; `parts` are the octets that were signed, by the name of the signature. */
export interface XmlReport extends ValidationReport {
  readonly kind: 'xmldsig' | 'xades';
  /** Of valid signatures only: what to use, instead of searching the document again. */
  readonly parts: ReadonlyMap<string, readonly SignedPart[]>;
}

const unsignedContent: Finding = {
  code: 'unsigned-content',
  vi: 'tài liệu có phần không được chữ ký nào phủ; chỉ phần được nêu tên là đã ký',
  en: 'a part of the document is not covered by any signature; only the named parts are signed',
};

/**
 * Verifies the signatures of an XML document and judges them by the policy.
 * @returns the report; INDETERMINATE when a part of the document is not signed
 * @throws XmlSignatureError when the document is refused as a whole
 */
export async function verifyXml(
  bytes: Uint8Array,
  policy: SignaturePolicy,
  options: VerifyXmlOptions = {},
): Promise<XmlReport> {
  const verdicts = verifyXmlSignatures(bytes, {
    ...options,
    certificates: [...(options.certificates ?? []), ...(policy.certificates ?? [])],
  });
  const signatures: SignatureReport[] = [];
  for (const verdict of verdicts) signatures.push(await judged(verdict, policy));
  const unsigned = signatures.length === 0;
  const sound = verdicts.every(({ valid }) => valid);
  const findings = !unsigned && sound && !verdicts.some((one) => one.coversDocument) ? [unsignedContent] : [];
  const indication = worstOf([
    ...signatures.map((one) => one.indication),
    ...(findings.length > 0 || unsigned ? (['INDETERMINATE'] as const) : []),
  ]);
  const decisive = signatures.find((one) => one.indication === indication)?.subIndication;
  return {
    kind: verdicts.some(({ xades }) => xades !== undefined) ? 'xades' : 'xmldsig',
    indication,
    ...(decisive === undefined ? {} : { subIndication: decisive }),
    unsigned,
    signatures,
    findings,
    checkedAt: policy.now,
    ...(policy.name === undefined ? {} : { policy: policy.name }),
    parts: new Map(verdicts.map(({ name, parts }) => [name, parts])),
  };
}

const partName = ({ uri, name, kind }: SignedPart): string =>
  kind === 'document' ? (name ?? uri) : `${name ?? ''}${uri}`;

/** One signature in the common form; a certificate that cannot be read makes it malformed. */
async function judged(verdict: XmlSignatureVerdict, policy: SignaturePolicy): Promise<SignatureReport> {
  try {
    return await reportOf(verdict, policy);
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    const malformed = {
      ...verdict,
      valid: false,
      problems: ['structure'] as const,
      certificate: undefined,
      parts: [],
    };
    return await reportOf(malformed, policy);
  }
}

async function reportOf(verdict: XmlSignatureVerdict, policy: SignaturePolicy): Promise<SignatureReport> {
  const { certificate, signatureAlgorithm, xades } = verdict;
  const declared = xades?.signingTime;
  const common = {
    field: verdict.name,
    role: 'other' as const,
    coversWholeFile: verdict.coversDocument,
    covers: verdict.parts
      .filter(({ type }) => type === undefined || !type.endsWith('#SignedProperties'))
      .map(partName),
    changes: [],
    ...(declared === undefined ? {} : { declaredTime: declared }),
  };
  if (!verdict.valid || certificate === undefined || signatureAlgorithm === undefined)
    return {
      ...common,
      ...failureOf(verdict.problems),
      findings: verdict.problems.map((problem) => ({
        code: problem,
        vi: problemTexts[problem][0],
        en: problemTexts[problem][1],
      })),
      ...(certificate === undefined ? {} : { signer: signerOf(certificate) }),
      judgedAt: presentOf(policy),
      judgedBy: 'given-time',
    };
  const evidence = await judgeSignature(
    {
      certificate,
      signatureAlgorithm,
      digests: verdict.digests,
      timestamps: xades?.timestamps ?? [],
      certificates: verdict.certificates,
      crls: xades?.crls ?? [],
      ocspResponses: xades?.ocspResponses ?? [],
    },
    policy,
  );
  const { level, ...rest } = evidence;
  // A plain XML signature has no baseline level: it does not sign its own certificate.
  return { ...common, ...rest, ...(xades === undefined || level === undefined ? {} : { level }) };
}

function failureOf(problems: readonly XmlSignatureProblem[]): {
  readonly indication: Indication;
  readonly subIndication: SubIndication;
} {
  const has = (...these: readonly XmlSignatureProblem[]): boolean =>
    these.some((one) => problems.includes(one));
  if (has('digest-mismatch')) return { indication: 'TOTAL-FAILED', subIndication: 'HASH_FAILURE' };
  if (has('wrong-signature')) return { indication: 'TOTAL-FAILED', subIndication: 'SIG_CRYPTO_FAILURE' };
  if (has('reference-external', 'reference-not-found'))
    return { indication: 'INDETERMINATE', subIndication: 'SIGNED_DATA_NOT_FOUND' };
  if (has('signer-certificate-missing'))
    return { indication: 'INDETERMINATE', subIndication: 'NO_SIGNING_CERTIFICATE_FOUND' };
  if (has('signature-method', 'digest-method'))
    return { indication: 'INDETERMINATE', subIndication: 'CRYPTO_CONSTRAINTS_FAILURE' };
  return { indication: 'TOTAL-FAILED', subIndication: 'FORMAT_FAILURE' };
}

import { Asn1Error } from '#formats/asn1';
import {
  cmsEvidence,
  digestOfBytes,
  readSignedData,
  signatureTimestamps,
  verifySigner,
  type CmsProblem,
  type SignedData,
  type SignerInfo,
} from '#formats/cms';
import { ProblemError } from '#formats/pdf';
import { judgeSignature, type SignaturePolicy } from '../ades/judge.ts';
import { signerOf } from '../pades/describe.ts';
import { cmsTexts, faultOf } from '../pades/evidence.ts';
import { presentOf } from '../pades/stamps.ts';
import { readCertificates } from '../pades/stored.ts';
import { worstOf, type Finding, type SignatureReport, type ValidationReport } from '../report/types.ts';

const cmsProblems = {
  'cms-malformed': {
    vi: 'Tệp chữ ký hỏng, không đọc được.',
    viNext: 'Đề nghị nơi gửi gửi lại tệp chữ ký.',
    en: 'The signature file is damaged and cannot be read.',
    enNext: 'Ask the sender for the signature file again.',
  },
  'cms-too-many-signers': {
    vi: 'Tệp chữ ký có quá nhiều người ký.',
    viNext: 'Đề nghị nơi gửi tách tệp.',
    en: 'The signature file has too many signers.',
    enNext: 'Ask the sender to divide it.',
  },
} as const;

/** A signature file is not read. */
export class CadesError extends ProblemError<keyof typeof cmsProblems> {
  constructor(code: keyof typeof cmsProblems, detail: string) {
    super('CadesError', code, cmsProblems[code], { detail });
  }
}

/** Signers of one structure; each costs a look at certificates. */
const maxSigners = 32;

export interface CadesReport extends ValidationReport {
  readonly kind: 'cades';
  /** What was signed, when the signature carries it; undefined when it is detached. */
  readonly content: Uint8Array | undefined;
}

export interface VerifyCadesOptions {
  /** The signed bytes of a detached signature; beside an attached one they must be the same. */
  readonly content?: Uint8Array;
  /** A name for what is covered, in the report. */
  readonly covers?: string;
}

/** DER or BER out of PEM. */
function unarmour(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 0x2d) return bytes;
  const text = Buffer.from(bytes).toString('latin1');
  const found = /^-----BEGIN (PKCS7|CMS)-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END \1-----\s*$/.exec(text);
  if (found === null) throw new CadesError('cms-malformed', 'PEM');
  return Buffer.from(found[2] as string, 'base64');
}

function read(bytes: Uint8Array): SignedData {
  try {
    const data = readSignedData(unarmour(bytes));
    if (data.signers.length > maxSigners)
      throw new CadesError('cms-too-many-signers', String(data.signers.length));
    return data;
  } catch (error) {
    if (error instanceof Asn1Error) throw new CadesError('cms-malformed', error.message);
    throw error;
  }
}

const contentDiffers: Finding = {
  code: 'content-differs',
  vi: 'tệp kèm theo khác với nội dung nằm trong chữ ký',
  en: 'the file handed in differs from the content inside the signature',
};

/**
 * Verifies every signer of a CMS signature, attached or detached, in BER, DER or PEM, and judges it by the policy
 * (RFC 5652, ETSI EN 319 122-1). A signature without the ESS signing-certificate attribute has no baseline level.
 * @throws CadesError when it cannot be read
 */
export async function verifyCades(
  bytes: Uint8Array,
  policy: SignaturePolicy,
  options: VerifyCadesOptions = {},
): Promise<CadesReport> {
  const data = read(bytes);
  const { content } = data;
  const findings: Finding[] = [];
  if (content && options.content && Buffer.compare(content, options.content) !== 0)
    findings.push(contentDiffers);
  const signatures: SignatureReport[] = [];
  for (const [index, signer] of data.signers.entries()) {
    const name = data.signers.length === 1 ? 'CMS' : `CMS ${index + 1}`;
    signatures.push(await reportOf(data, signer, name, policy, options));
  }
  const unsigned = signatures.length === 0;
  const indication = worstOf([
    ...signatures.map((one) => one.indication),
    ...(findings.length > 0 ? (['TOTAL-FAILED'] as const) : []),
    ...(unsigned ? (['INDETERMINATE'] as const) : []),
  ]);
  const decisive = signatures.find((one) => one.indication === indication)?.subIndication;
  return {
    kind: 'cades',
    indication,
    ...(decisive === undefined ? {} : { subIndication: decisive }),
    unsigned,
    signatures,
    findings,
    checkedAt: policy.now,
    ...(policy.name === undefined ? {} : { policy: policy.name }),
    content,
  };
}

async function reportOf(
  data: SignedData,
  signer: SignerInfo,
  name: string,
  policy: SignaturePolicy,
  options: VerifyCadesOptions,
): Promise<SignatureReport> {
  const common = {
    field: name,
    role: 'other' as const,
    coversWholeFile: true,
    ...(options.covers === undefined ? {} : { covers: [options.covers] }),
    changes: [],
  };
  try {
    return { ...common, ...(await examine(data, signer, policy, options)) };
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    return { ...common, ...failure(['malformed'], policy) };
  }
}

function failure(
  problems: readonly CmsProblem[],
  policy: SignaturePolicy,
): Omit<SignatureReport, 'field' | 'role' | 'coversWholeFile' | 'changes'> {
  const missing = problems.includes('content-missing');
  return {
    ...(missing
      ? { indication: 'INDETERMINATE' as const, subIndication: 'SIGNED_DATA_NOT_FOUND' as const }
      : faultOf(problems)),
    findings: problems.map((code) => ({ code, vi: cmsTexts[code][0], en: cmsTexts[code][1] })),
    judgedAt: presentOf(policy),
    judgedBy: 'given-time',
  };
}

async function examine(
  data: SignedData,
  signer: SignerInfo,
  policy: SignaturePolicy,
  { content }: VerifyCadesOptions,
): Promise<Omit<SignatureReport, 'field' | 'role' | 'coversWholeFile' | 'changes'>> {
  const verdict = verifySigner(data, signer, {
    ...(content === undefined ? {} : { digest: digestOfBytes(content) }),
    certificates: policy.certificates ?? [],
  });
  const { certificate, signatureAlgorithm, digestAlgorithm } = verdict;
  const declared = verdict.signingTime === undefined ? {} : { declaredTime: verdict.signingTime };
  if (!verdict.valid || !certificate || !signatureAlgorithm || !digestAlgorithm) {
    const failed = failure(verdict.problems, policy);
    return certificate === undefined ? failed : { ...failed, signer: signerOf(certificate), ...declared };
  }
  const carried = cmsEvidence(data, signer);
  const values = readCertificates({ certificates: carried.certificates.map((der) => ({ der })) });
  const { level, ...evidence } = await judgeSignature(
    {
      certificate,
      signatureAlgorithm,
      digests: [digestAlgorithm],
      timestamps: signatureTimestamps(signer).map((token) => ({ token, stamped: signer.signature })),
      certificates: [...data.certificates, ...values],
      crls: carried.crls,
      ocspResponses: carried.ocspResponses,
    },
    policy,
  );
  const plain = verdict.warnings.some(
    (warning) => warning === 'no-signing-certificate-attribute' || warning === 'no-signed-attributes',
  );
  return { ...evidence, ...declared, ...(plain || level === undefined ? {} : { level }) };
}

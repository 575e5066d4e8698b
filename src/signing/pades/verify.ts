import {
  documentAt,
  formFields,
  openPdf,
  type FormField,
  type PdfDocument,
  type PdfFile,
} from '#formats/pdf';
import {
  worstOf,
  type Finding,
  type Indication,
  type JudgedChange,
  type PdfReport,
  type SignatureReport,
  type SignatureRole,
  type SubIndication,
} from '../report/types.ts';
import { containerTexts, readContainer, type SignatureContainer } from './container.ts';
import { changesOf, describeChange, trailingChange, type Change } from './diff/index.ts';
import { reachable } from './diff/graph.ts';
import { examine, type Evidence } from './evidence.ts';
import { permits } from './permitted.ts';
import { poolOf } from './pool.ts';
import { restrictionOf, type Restriction } from './restrictions.ts';
import { judgeArchive } from './stamps.ts';
import { dateOfPdf, textOf } from './text.ts';
import type { Judging, PdfPolicy } from './trust.ts';

/** More signatures than any document has; each costs a look at certificates. */
const maxSignatures = 200;

/**
 * Verifies every signature of a PDF and judges what changed after each (ETSI EN 319 102-1, EN 319 142-1;
 * signing.md §5, §7).
 * @returns the report; its indication is the worst of all
 * @throws PdfError when the file cannot be read
 */
export async function verifyPdf(pdf: Uint8Array, policy: PdfPolicy): Promise<PdfReport> {
  const file = openPdf(pdf);
  const document = documentAt(file);
  const signed = signedFields(file, document);
  reachable(document);
  const steps = stepsOf(file);
  const signatures: SignatureReport[] = [];
  const containers = signed.fields.slice(0, maxSignatures).map((field) => readContainer(file, field));
  const pool = poolOf(
    file,
    containers.filter((container) => container.problems.length === 0),
  );
  const { archive, found } = await judgeArchive(containers, pool, policy);
  const judging = { policy, pool, archive };
  for (const container of containers)
    signatures.push(await signatureReport(file, container, judging, steps, found.get(container)));
  for (const field of signed.removed) signatures.push(removedReport(field, policy));
  const order = (one: SignatureReport): number => one.revision ?? Number.MAX_SAFE_INTEGER;
  signatures.sort((left, right) => order(left) - order(right));
  // Last, because what can be read in two ways is noted while objects are read.
  const findings = fileFindings(file, policy, signed.fields, signed.removed);
  const lost = signatures.length === 0 && hasTraces(pdf);
  if (lost) findings.push(lostSignature);
  const unsigned = signatures.length === 0 && !lost;
  const worst = worstOf([
    ...signatures.map((one) => one.indication),
    ...(lost ? (['TOTAL-FAILED'] as const) : []),
    ...(findings.length > 0 || unsigned ? (['INDETERMINATE'] as const) : []),
  ]);
  const decisive = signatures.find((one) => one.indication === worst)?.subIndication;
  return {
    kind: 'pdf',
    indication: worst,
    ...(decisive === undefined ? {} : { subIndication: decisive }),
    unsigned,
    revisions: file.revisions.length,
    signatures,
    findings,
    checkedAt: policy.now,
    ...(policy.name === undefined ? {} : { policy: policy.name }),
  };
}

/** Whether a signature stands in the file that the document no longer refers to. */
const hasTraces = (pdf: Uint8Array): boolean =>
  Buffer.from(pdf.buffer, pdf.byteOffset, pdf.byteLength).includes('/ByteRange');

const lostSignature: Finding = {
  code: 'signature-lost',
  vi: 'tệp từng có chữ ký số, nhưng chữ ký đã bị gỡ hoặc hỏng',
  en: 'the file once had a digital signature, which was removed or damaged',
};

/** Everything that changed after a revision; each step is judged once for all signatures. */
type Steps = (revision: number) => Change[];

function stepsOf(file: PdfFile): Steps {
  const known = new Map<number, Change[]>();
  const trailing = trailingChange(file);
  return (revision) => {
    const changes: Change[] = [];
    for (let at = revision + 1; at < file.revisions.length; at += 1) {
      let step = known.get(at);
      if (step === undefined) known.set(at, (step = changesOf(file, at)));
      changes.push(...step);
    }
    return trailing === undefined ? changes : [...changes, trailing];
  };
}

/** A field that refers to a signature, even to one that cannot be read. */
const isSigned = (field: FormField): boolean => field.type === 'Sig' && field.dict.entries.has('V');

/** Signed fields of the newest revision, and those that an older one had and that are gone. */
function signedFields(
  file: PdfFile,
  document: PdfDocument,
): { readonly fields: FormField[]; readonly removed: FormField[] } {
  const fields = formFields(document).filter((field) => isSigned(field));
  const present = new Set(fields.map((field) => field.ref.num));
  const removed = new Map<number, FormField>();
  for (const revision of file.revisions.slice(0, -1)) {
    const older = documentAt(file, revision.index);
    for (const field of formFields(older))
      if (isSigned(field) && !present.has(field.ref.num)) removed.set(field.ref.num, field);
  }
  return { fields, removed: [...removed.values()] };
}

function fileFindings(
  file: PdfFile,
  policy: PdfPolicy,
  fields: readonly FormField[],
  removed: readonly FormField[],
): Finding[] {
  const findings: Finding[] = [];
  if (fields.length > maxSignatures)
    findings.push({
      code: 'too-many-signatures',
      vi: `tệp có quá nhiều chữ ký, chỉ kiểm tra ${maxSignatures} chữ ký đầu`,
      en: `too many signatures; only the first ${maxSignatures} were checked`,
    });
  if (file.anomalies.size > 0 && fields.length > 0)
    findings.push({
      code: 'ambiguous-structure',
      vi: `cấu trúc tệp có chỗ mỗi chương trình có thể hiển thị một khác (${[...file.anomalies].slice(0, 3).join(', ')})`,
      en: `programs may show this file differently (${[...file.anomalies].slice(0, 3).join(', ')})`,
    });
  for (const role of fields.length + removed.length === 0 ? [] : (policy.require ?? [])) {
    if (!fields.some((field) => roleOf(field.name, '') === role))
      findings.push(
        role === 'officer'
          ? {
              code: 'no-officer-signature',
              vi: 'thiếu chữ ký của người có thẩm quyền',
              en: 'the signature of the competent person is missing',
            }
          : {
              code: 'no-organisation-signature',
              vi: 'thiếu chữ ký của cơ quan, tổ chức',
              en: 'the signature of the organisation is missing',
            },
      );
  }
  return findings;
}

export function roleOf(field: string, subFilter: string): SignatureRole {
  if (subFilter === 'ETSI.RFC3161') return 'timestamp';
  switch (field) {
    case 'ky_nhay':
    case 'ky_nhay_don_vi':
      return 'initials';
    case 'ky_nguoi_co_tham_quyen':
      return 'officer';
    case 'ky_co_quan':
    case 'ky_phu_luc':
    case 'ky_sao':
      return 'organisation';
    default:
      return 'other';
  }
}

async function signatureReport(
  file: PdfFile,
  container: SignatureContainer,
  judging: Judging,
  steps: Steps,
  known: Evidence | undefined,
): Promise<SignatureReport> {
  const { policy } = judging;
  const { field } = container;
  const document = documentAt(file);
  const declared = dateOfPdf(document, container.dict.entries.get('M'));
  const sound = container.problems.length === 0;
  const evidence = known ?? (sound ? await examine(container, judging) : undefined);
  const restriction = restrictionAt(file, container);
  const changes =
    container.revision === undefined ? [] : judged(steps(container.revision), restriction, policy);
  const verdict = judge(container, evidence, changes);
  const actions = restriction.locks.map(({ action }) => action);
  const lock = actions.includes('All') ? 'All' : actions[0];
  const reason = textOf(document, container.dict.entries.get('Reason'));
  return {
    field: field.name,
    role: roleOf(field.name, container.subFilter),
    ...verdict,
    ...(evidence?.signer === undefined ? {} : { signer: evidence.signer }),
    ...(declared === undefined ? {} : { declaredTime: declared }),
    ...(evidence?.timestamp === undefined ? {} : { timestamp: evidence.timestamp }),
    ...(evidence?.proof === undefined ? {} : { proof: evidence.proof }),
    ...(evidence?.level === undefined ? {} : { level: evidence.level }),
    ...(evidence?.later === undefined || evidence.later.length === 0 ? {} : { later: evidence.later }),
    ...(evidence?.durability === undefined ? {} : { durability: evidence.durability }),
    judgedAt: evidence?.judgedAt ?? policy.at ?? policy.now,
    judgedBy: evidence?.judgedBy ?? 'given-time',
    ...(evidence?.certificate === undefined ? {} : { certificate: evidence.certificate }),
    ...(evidence?.algorithms === undefined ? {} : { algorithms: evidence.algorithms }),
    ...(reason === undefined ? {} : { reason }),
    ...(container.revision === undefined ? {} : { revision: container.revision + 1 }),
    coversWholeFile: container.revision !== undefined && changes.every(({ kind }) => evidenceKinds.has(kind)),
    ...(restriction.docMdp === undefined ? {} : { docMdp: restriction.docMdp }),
    ...(lock === undefined ? {} : { fieldMdp: lock }),
    changes,
  };
}

/** What later revisions add to prove the signature, not to say more. */
const evidenceKinds: ReadonlySet<string> = new Set(['validation-data-added', 'timestamp-added']);

/** The restrictions as they were signed, not as a later revision may have rewritten them. */
function restrictionAt(file: PdfFile, container: SignatureContainer): Restriction {
  const document = documentAt(file, container.revision ?? file.revisions.length - 1);
  const field = formFields(document).find((one) => one.ref.num === container.field.ref.num);
  return field === undefined ? { field: container.field.name, locks: [] } : restrictionOf(document, field);
}

const judged = (
  changes: readonly Change[],
  restriction: Restriction,
  { allowedChanges }: PdfPolicy,
): JudgedChange[] =>
  changes.map((change) => {
    const permitted =
      permits(restriction, change) && (allowedChanges === undefined || allowedChanges.includes(change.kind));
    const words = describeChange(change);
    const forbidden = !permitted && !/sau khi ký|trái phép/.test(words.vi);
    return {
      ...change,
      permitted,
      vi: forbidden ? `${words.vi} (chữ ký này không cho phép)` : words.vi,
      en: forbidden ? `${words.en} (this signature does not permit it)` : words.en,
    };
  });

function judge(
  container: SignatureContainer,
  evidence: Evidence | undefined,
  changes: readonly JudgedChange[],
): { indication: Indication; subIndication?: SubIndication; findings: Finding[] } {
  const findings: Finding[] = container.problems.map((problem) => ({
    code: problem,
    vi: containerTexts[problem][0],
    en: containerTexts[problem][1],
  }));
  if (findings.length > 0) {
    const unknownKind = container.problems.every((problem) => problem === 'sub-filter');
    return {
      indication: unknownKind ? 'INDETERMINATE' : 'TOTAL-FAILED',
      subIndication: 'FORMAT_FAILURE',
      findings,
    };
  }
  const forbidden = changes.filter((change) => !change.permitted);
  for (const change of forbidden)
    findings.push({ code: `changed:${change.kind}`, vi: change.vi, en: change.en });
  findings.push(...(evidence?.findings ?? []));
  if (forbidden.length > 0 && evidence?.indication !== 'TOTAL-FAILED')
    return { indication: 'TOTAL-FAILED', subIndication: 'FORMAT_FAILURE', findings };
  const indication = evidence?.indication ?? 'INDETERMINATE';
  return {
    indication,
    ...(evidence?.subIndication === undefined ? {} : { subIndication: evidence.subIndication }),
    findings,
  };
}

function removedReport(field: FormField, policy: PdfPolicy): SignatureReport {
  const { vi, en } = describeChange({ kind: 'signature-altered', revision: 0, field: field.name });
  return {
    field: field.name,
    role: roleOf(field.name, ''),
    indication: 'TOTAL-FAILED',
    subIndication: 'FORMAT_FAILURE',
    findings: [{ code: 'signature-removed', vi, en }],
    judgedAt: policy.at ?? policy.now,
    judgedBy: 'given-time',
    coversWholeFile: false,
    changes: [],
  };
}

import { clerkReport, type CheckedFile, type SignatureReport } from '#signing';
import type { CheckAnswer, CheckedFacts, CheckVerdict } from '../contract.ts';

const verdicts = {
  'TOTAL-PASSED': 'valid',
  INDETERMINATE: 'indeterminate',
  'TOTAL-FAILED': 'invalid',
} as const satisfies Record<CheckedFile['indication'], CheckVerdict>;

/** What a citizen sees of a checked file, and the whole report for programs. */
export function answerOf(checked: CheckedFile): CheckAnswer {
  return {
    kind: checked.kind,
    size: checked.size,
    sha256: checked.sha256,
    verdict: checked.unsigned ? 'unsigned' : verdicts[checked.indication],
    file: factsOf(checked),
    parts: checked.parts.map((part) => ({
      name: part.name,
      size: part.size,
      file: part.file === undefined ? null : factsOf(part.file),
      problem:
        part.problem === undefined
          ? null
          : {
              vi: `${part.problem.vi} ${part.problem.viNext}`,
              en: `${part.problem.en} ${part.problem.enNext}`,
            },
    })),
    report: JSON.parse(JSON.stringify(checked)) as unknown,
  };
}

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
const both = ({ vi, en }: { readonly vi: string; readonly en: string }): { vi: string; en: string } => ({
  vi: capital(vi),
  en: capital(en),
});

function factsOf({ report, document, revisions }: CheckedFile): CheckedFacts | null {
  if (report === undefined) return null;
  // Plain data: a clerk's report is made of readonly lists, an answer is not.
  const clerk = (language: 'vi' | 'en'): CheckedFacts['vi'] =>
    structuredClone(clerkReport(report, language)) as CheckedFacts['vi'];
  return {
    verdict: report.unsigned ? 'unsigned' : verdicts[report.indication],
    signatureVerdicts: report.signatures.map((signature) => verdicts[signature.indication]),
    vi: clerk('vi'),
    en: clerk('en'),
    document:
      document === undefined
        ? null
        : {
            ...both(document),
            class: document.class,
            lawfulCopy: document.lawfulCopy,
            reasons: document.reasons.map(both),
          },
    revisions: (revisions ?? []).map((end, index) => ({
      number: index + 1,
      end,
      signatures: report.signatures.flatMap((signature, at) =>
        signature.revision === index + 1 ? [at] : [],
      ),
      changes: changesOf(report.signatures, index + 1),
    })),
  };
}

/** What one saving changed, as the strictest signature before it judges it; each change once. */
function changesOf(
  signatures: readonly SignatureReport[],
  number: number,
): CheckedFacts['revisions'][number]['changes'] {
  const found = new Map<string, CheckedFacts['revisions'][number]['changes'][number]>();
  for (const { changes } of signatures)
    for (const change of changes.filter((one) => one.revision === number)) {
      const key = `${change.kind}|${change.field ?? ''}|${change.page ?? ''}|${change.detail ?? ''}`;
      const known = found.get(key);
      if (known === undefined || (known.permitted && !change.permitted))
        found.set(key, { ...both(change), permitted: change.permitted });
    }
  return [...found.values()];
}

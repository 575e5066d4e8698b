import { documentAt, openPdf, pagesOf } from '#formats/pdf';
import { verifyFile } from '#signatures';
import type { PdfReport } from '#signing';
import type { Context } from '#kernel';
import type { SignatureSummary } from './contract.ts';

const verdicts: Readonly<Record<PdfReport['indication'], 'valid' | 'indeterminate' | 'invalid'>> = {
  'TOTAL-PASSED': 'valid',
  INDETERMINATE: 'indeterminate',
  'TOTAL-FAILED': 'invalid',
};

/** What this room keeps of a verification report: enough for a list and a badge; the rest is asked for again. */
function summaryOf(report: PdfReport): SignatureSummary {
  const signatures = report.signatures
    .filter((one) => one.role !== 'timestamp')
    .map((one) => ({
      signer: one.signer?.name ?? 'Không rõ người ký',
      verdict: verdicts[one.indication],
      reason: one.findings[0]?.vi ?? one.subIndication ?? null,
      signedAt: (one.timestamp?.time ?? one.declaredTime)?.toISOString() ?? null,
      coversWholeFile: one.coversWholeFile,
    }));
  if (report.unsigned && signatures.length === 0) return { verdict: 'unsigned', signatures };
  return { verdict: verdicts[report.indication], signatures };
}

function pageCount(bytes: Uint8Array): number | null {
  try {
    return pagesOf(documentAt(openPdf(bytes))).length;
  } catch {
    return null;
  }
}

/**
 * Pages and signatures of a PDF. Whatever the bytes are, this answers: what cannot be read is `unreadable`, and the
 * clerk sees it (Decision 28/2018 Art. 9: the receiver checks before accepting).
 */
export async function inspect(
  ctx: Context,
  bytes: Uint8Array,
): Promise<{ readonly pages: number | null; readonly signatures: SignatureSummary }> {
  const pages = pageCount(bytes);
  try {
    const report = await verifyFile(ctx, bytes, { at: ctx.clock.now() });
    return { pages, signatures: summaryOf(report) };
  } catch (error) {
    ctx.log.warn({ err: error }, 'a PDF could not be verified');
    return { pages, signatures: { verdict: 'unreadable', signatures: [] } };
  }
}

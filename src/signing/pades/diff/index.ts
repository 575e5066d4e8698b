import { documentAt, PdfError, type PdfFile, type PdfRevision } from '#formats/pdf';
import { compareCatalog } from './catalog.ts';
import { compare, report } from './context.ts';
import type { Change } from './changes.ts';
import { hasStrayData, hasTrailingData } from './objects.ts';
import { comparePages, compareRest } from './pages.ts';

export { describeChange, permittedFrom, type Change } from './changes.ts';

/**
 * What one revision changed, judged by a whitelist of paths with all references to what changed: everything that
 * no rule permits is reported as a change that is never permitted.
 * @param index of the newer revision; it is compared with the one before
 */
export function changesOf(file: PdfFile, index: number): Change[] {
  const previous = file.revisions[index - 1] as PdfRevision;
  const newer = documentAt(file, index);
  const context = compare(documentAt(file, index - 1), newer, index + 1);
  try {
    compareCatalog(context);
    comparePages(context);
    compareRest(context);
  } catch (error) {
    if (!(error instanceof PdfError)) throw error;
    report(context, 'structure', { detail: error.code });
  }
  if (hasStrayData(file, newer, previous.end)) report(context, 'stray-data');
  return dedupe(context.changes);
}

/** What stands after the last revision. */
export function trailingChange(file: PdfFile): Change | undefined {
  return hasTrailingData(file) ? { kind: 'stray-data', revision: file.revisions.length + 1 } : undefined;
}

function dedupe(changes: readonly Change[]): Change[] {
  const seen = new Set<string>();
  return changes.filter((change) => {
    const telling = ['object-replaced', 'object-shared', 'structure', 'catalog', 'form-switch'].includes(
      change.kind,
    );
    const key = [change.kind, change.page, change.field, telling ? change.detail : ''].join(' ');
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

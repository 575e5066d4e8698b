import { vietnamIso, type Unit } from '#kernel';
import { nameOfStream, type DocumentName } from './checkStore.ts';

export interface NamedDocument {
  /** "văn bản đến số 12/2026 (77/SNV-CCHC)". */
  readonly text: string;
  readonly hasRow: boolean;
  readonly lastGood: string | null;
}

function textOf({ kind, notation, number, year, abstract }: DocumentName): string {
  const way = kind === 'outgoing' ? 'văn bản đi' : 'văn bản đến';
  const numbered = number === null ? '' : ` số ${number}/${year}`;
  if (notation !== null) return `${way}${numbered} (${notation})`;
  return `${way}${numbered}${abstract === null ? '' : ` "${abstract.slice(0, 80)}"`}`;
}

/** Names documents for findings, each looked up once. @param stream `outgoing:<id>` or `incoming:<id>` */
export function documentNames(): (unit: Unit, stream: string) => Promise<NamedDocument> {
  const known = new Map<string, NamedDocument>();
  return async (unit, stream) => {
    const before = known.get(stream);
    if (before) return before;
    const name = await nameOfStream(unit, stream);
    const named = {
      text: textOf(name),
      hasRow: name.hasRow,
      lastGood: name.lastEventAt === null ? null : vietnamIso(name.lastEventAt),
    };
    known.set(stream, named);
    return named;
  };
}

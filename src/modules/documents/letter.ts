import { layoutLetter, type BodyBlock, type LetterDraft } from '#formats/letter';
import type { DraftContent } from './outgoing.ts';
import { documentTypeOf } from './contractTypes.ts';

const urgencyMarks = [undefined, 'khan', 'thuong-khan', 'hoa-toc', 'hoa-toc'] as const;

/** The signer's post, one line each, as it was written: "Bộ trưởng", "Thứ trưởng". */
export function postLines(content: Pick<DraftContent, 'signerPost' | 'signer'>): string[] {
  const post = content.signerPost.trim() === '' ? (content.signer.post ?? '') : content.signerPost;
  return post
    .split(/\r?\n|\s\/\s/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** As it is printed: the directory's short "UBND" in full. */
export function printedName(name: string): string {
  return name.replace(/^UBND\s+/iu, 'Ủy ban nhân dân ');
}

/**
 * Authority and title, one line each: capacity before the first ("KT. BỘ TRƯỞNG", "THỨ TRƯỞNG"). Who signs on behalf
 * of a People's Committee names it first ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH").
 */
export function signatoryLines(
  content: Pick<DraftContent, 'capacity' | 'signerPost' | 'signer'>,
  organisation = '',
): string[] {
  const lines = postLines(content).map((line) => line.toUpperCase());
  if (content.capacity === '') return lines;
  if (content.capacity === 'TM.' && lines.length === 1 && /^UBND\s/iu.test(organisation))
    lines.unshift('ỦY BAN NHÂN DÂN');
  return [`${content.capacity} ${lines[0] ?? ''}`.trim(), ...lines.slice(1)];
}

/** Plain text into the blocks of a letter: legal bases, articles, headings, paragraphs. */
function bodyBlocks(body: string): BodyBlock[] {
  return body
    .normalize('NFC')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line): BodyBlock => {
      const article = /^(Điều\s+\d+[a-zđ]?\.)\s*(.*)$/u.exec(line);
      if (article) return { kind: 'article', label: article[1]!, text: article[2]! };
      if (/^Căn cứ\s/u.test(line)) return { kind: 'basis', text: line };
      if (line.length <= 60 && line.endsWith(':') && line === line.toUpperCase())
        return { kind: 'heading', text: line };
      return line;
    });
}

/** What the letter says besides its content. */
export interface LetterFrame {
  readonly organisation: string;
  readonly superior: string | null;
  readonly place: string;
  /** The part after the number, without its stroke: `VPCP-KTTH`. */
  readonly sign: string;
  readonly unitAbbreviation: string;
  readonly recipientNames: readonly string[];
  readonly now: Date;
}

/** The lines under "Nơi nhận"; the last is the filing line. */
export function copyLines(
  content: Pick<DraftContent, 'typeCode' | 'recipientLines'>,
  frame: Pick<LetterFrame, 'recipientNames' | 'unitAbbreviation'>,
): string[] {
  const filing = `Lưu: ${['VT', frame.unitAbbreviation].filter((part) => part !== '').join(', ')}`;
  if (content.recipientLines.length > 0) {
    return content.recipientLines.some((line) => /^lưu\s*:/iu.test(line))
      ? [...content.recipientLines]
      : [...content.recipientLines, filing];
  }
  return content.typeCode === 'CV' || frame.recipientNames.length > 12
    ? ['Như trên', filing]
    : [...frame.recipientNames, filing];
}

/**
 * Lays a draft out as a letter by Decree 30/2020 App. I, its fields for number, date and signatures reserved.
 * @throws PdfError of #formats/letter
 */
export function letterOf(content: DraftContent, frame: LetterFrame): { pdf: Uint8Array; pages: number } {
  const type = documentTypeOf(content.typeCode);
  const urgency = urgencyMarks[content.urgency];
  const draft: LetterDraft = {
    ...(frame.superior === null ? {} : { superior: printedName(frame.superior) }),
    organisation: printedName(frame.organisation),
    notation: `/${frame.sign}`,
    place: frame.place,
    year: new Date(frame.now.getTime() + 7 * 3_600_000).getUTCFullYear(),
    ...(type === undefined || type.code === 'CV' ? {} : { type: type.name }),
    abstract: content.abstract,
    ...(content.typeCode === 'CV'
      ? {
          recipients:
            frame.recipientNames.length > 12 ? ['Như nơi nhận'] : frame.recipientNames.map(printedName),
        }
      : {}),
    body: bodyBlocks(content.body),
    signatory: { lines: signatoryLines(content, frame.organisation), name: content.signer.name },
    copies: copyLines(content, frame),
    ...(urgency === undefined ? {} : { urgency }),
    createdAt: frame.now,
  };
  return layoutLetter(draft);
}

import type { ReportLanguage } from '../report/index.ts';
import { reportText } from '../report/index.ts';
import { verdictText } from '../report/index.ts';
import type { CheckedFile } from './verifyFile.ts';

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** What was found in a file as lines for a person. */
export function checkedFileText(checked: CheckedFile, language: ReportLanguage = 'vi'): string[] {
  const vi = language === 'vi';
  const lines = checked.report === undefined ? [] : reportText(checked.report, language);
  if (checked.document !== undefined) {
    lines.push('', `${vi ? 'Loại văn bản' : 'Kind of document'}: ${capital(checked.document[language])}`);
    for (const reason of checked.document.reasons) lines.push(`  - ${capital(reason[language])}`);
  }
  if (checked.kind !== 'edxml') return lines;
  lines.push(
    checked.unsigned ? (vi ? 'KHÔNG CÓ CHỮ KÝ SỐ' : 'NOT SIGNED') : verdictText(checked.indication, language),
    vi
      ? `Gói tin edXML có ${checked.parts.length} tệp.`
      : `The edXML package holds ${checked.parts.length} files.`,
  );
  for (const part of checked.parts) {
    lines.push('', `${vi ? 'Tệp' : 'File'}: ${part.name}`);
    const inner =
      part.file === undefined
        ? [
            part.problem === undefined
              ? ''
              : `${part.problem[language]} ${vi ? part.problem.viNext : part.problem.enNext}`,
          ]
        : checkedFileText(part.file, language);
    lines.push(...inner.map((line) => (line === '' ? '' : `  ${line}`)));
  }
  return lines;
}

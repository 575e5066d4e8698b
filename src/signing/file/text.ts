import type { ReportLanguage } from '../report/index.ts';
import { reportText } from '../report/index.ts';
import { verdictText } from '../report/index.ts';
import type { CheckedFile, CheckedPart } from './verifyFile.ts';

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** What was found in a file as lines for a person. */
export function checkedFileText(checked: CheckedFile, language: ReportLanguage = 'vi'): string[] {
  const vi = language === 'vi';
  const lines = checked.report === undefined ? [] : reportText(checked.report, language);
  if (checked.document !== undefined) {
    lines.push('', `${vi ? 'Loại văn bản' : 'Kind of document'}: ${capital(checked.document[language])}`);
    for (const reason of checked.document.reasons) lines.push(`  - ${capital(reason[language])}`);
  }
  if (checked.kind === 'zip')
    lines.push(
      '',
      vi
        ? `Gói ASiC có ${checked.parts.length} tệp.`
        : `The ASiC container holds ${checked.parts.length} files.`,
    );
  else if (checked.kind !== 'edxml') return lines;
  else lines.push(...packageLines(checked, language));
  for (const part of checked.parts) lines.push('', ...partLines(part, language));
  return lines;
}

function packageLines(checked: CheckedFile, language: ReportLanguage): string[] {
  const vi = language === 'vi';
  const header = checked.packageSignature?.finding;
  return [
    checked.unsigned ? (vi ? 'KHÔNG CÓ CHỮ KÝ SỐ' : 'NOT SIGNED') : verdictText(checked.indication, language),
    vi
      ? `Gói tin edXML có ${checked.parts.length} tệp.`
      : `The edXML package holds ${checked.parts.length} files.`,
    ...(header === undefined ? [] : [`- ${capital(header[language])}`]),
  ];
}

function partLines(part: CheckedPart, language: ReportLanguage): string[] {
  const vi = language === 'vi';
  const { file, problem } = part;
  const reason = problem && `${problem[language]} ${vi ? problem.viNext : problem.enNext}`;
  const inner = file === undefined ? (reason === undefined ? [] : [reason]) : checkedFileText(file, language);
  return [`${vi ? 'Tệp' : 'File'}: ${part.name}`, ...inner.map((line) => (line === '' ? '' : `  ${line}`))];
}

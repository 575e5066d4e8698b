import { clerkReport, type ReportLanguage } from './clerk.ts';
import type { ValidationReport } from './types.ts';

/** The clerk's view as lines of text. */
export function reportText(report: ValidationReport, language: ReportLanguage = 'vi'): string[] {
  const vi = language === 'vi';
  const clerk = clerkReport(report, language);
  const lines = [clerk.verdict, clerk.summary, ...clerk.reasons.map((reason) => `- ${reason}`)];
  for (const [index, signature] of clerk.signatures.entries()) {
    lines.push('', `${vi ? 'Chữ ký' : 'Signature'} ${index + 1}: ${signature.verdict}`);
    lines.push(`  ${vi ? 'Người ký' : 'Signer'}: ${signature.who}`);
    lines.push(`  ${vi ? 'Thời điểm' : 'Time'}: ${signature.when}`);
    if (signature.lasting !== '') lines.push(`  ${vi ? 'Về sau' : 'Later on'}: ${signature.lasting}`);
    for (const change of signature.changes) lines.push(`  ${vi ? 'Sau khi ký' : 'Since'}: ${change}`);
    for (const reason of signature.reasons) lines.push(`  ${vi ? 'Lý do' : 'Reason'}: ${reason}`);
  }
  return [...lines, '', `${vi ? 'Việc cần làm' : 'What to do'}: ${clerk.advice}`];
}

/** The machine's view: plain JSON, indications of ETSI EN 319 102-1, times in ISO 8601. */
export const machineReport = (report: ValidationReport): unknown => JSON.parse(JSON.stringify(report));

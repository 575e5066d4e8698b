import { readFile } from 'node:fs/promises';
import { ProblemError } from '#formats/pdf';
import { readCertificatesPem } from '#formats/x509';
import { checkedFileText, problemOf, verifyFile, type CheckedFile, type PdfPolicy } from '#signing';

const usage = `Cách dùng: phigiay verify FILE… [--trust PEM] [--at TIME] [--json]
  --trust PEM   chứng thư gốc được tin cậy (dùng nhiều lần được)
  --at TIME     xét tại thời điểm này (ISO 8601) khi chữ ký không có dấu thời gian
  --json        in báo cáo cho máy đọc
Kết quả: 0 hợp lệ, 1 không hợp lệ, 2 chưa đủ căn cứ, 3 không đọc được.
Biên nhận (.json): phigiay verify receipt.json [--key VKEY] [--jwk FILE] [--witness VKEY]`;

const exitCodes = { 'TOTAL-PASSED': 0, 'TOTAL-FAILED': 1, INDETERMINATE: 2 } as const;
const unreadable = 3;

interface Asked {
  readonly files: string[];
  readonly trust: string[];
  at?: Date;
  json: boolean;
}

function read(args: readonly string[]): Asked | undefined {
  const asked: Asked = { files: [], trust: [], json: false };
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index] as string;
    if (word === '--json') asked.json = true;
    else if (word === '--trust' || word === '--at') {
      const value = args[(index += 1)];
      if (value === undefined) return undefined;
      if (word === '--trust') asked.trust.push(value);
      else {
        asked.at = new Date(value);
        if (Number.isNaN(asked.at.getTime())) return undefined;
      }
    } else if (word.startsWith('--')) return undefined;
    else asked.files.push(word);
  }
  return asked.files.length === 0 ? undefined : asked;
}

async function policyOf(asked: Asked): Promise<PdfPolicy> {
  const anchors: { certificate: ReturnType<typeof readCertificatesPem>[number] }[] = [];
  for (const path of asked.trust) {
    const certificates = readCertificatesPem(await readFile(path, 'utf8'));
    if (certificates.length === 0) throw new Error(`${path} không có chứng thư PEM nào`);
    anchors.push(...certificates.map((certificate) => ({ certificate })));
  }
  return { anchors, now: new Date(), ...(asked.at === undefined ? {} : { at: asked.at }) };
}

/** One file: what was found, or one line why it cannot be read. */
type Outcome = { readonly checked: CheckedFile } | { readonly code: string; readonly line: string };

async function verifyOne(path: string, policy: PdfPolicy): Promise<Outcome> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    return { code: 'cannot-open', line: `Không mở được tệp: ${(error as Error).message}` };
  }
  try {
    return { checked: await verifyFile(bytes, policy) };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const problem = problemOf(error);
    return { code: problem.code, line: `${problem.vi} ${problem.viNext}` };
  }
}

/**
 * `phigiay verify FILE… [--trust PEM] [--at TIME] [--json]`: verifies the digital signatures of files, recognised
 * by their content, without a network; a `.json` file is a receipt.
 * @returns 0 valid, 1 invalid, 2 indeterminate, 3 unreadable; of several files the worst
 */
export async function verifyFileCommand(args: string[]): Promise<number> {
  if (args.some((word) => !word.startsWith('--') && word.toLowerCase().endsWith('.json'))) {
    const { verifyReceiptCommand } = await import('./receipt.ts');
    return await verifyReceiptCommand(args);
  }
  const asked = read(args);
  if (asked === undefined) {
    console.error(usage);
    return unreadable;
  }
  let policy: PdfPolicy;
  try {
    policy = await policyOf(asked);
  } catch (error) {
    console.error(`Không đọc được chứng thư tin cậy: ${(error as Error).message}`);
    return unreadable;
  }
  const outcomes: [path: string, outcome: Outcome][] = [];
  for (const path of asked.files) outcomes.push([path, await verifyOne(path, policy)]);
  if (asked.json)
    console.log(
      JSON.stringify(
        outcomes.map(([file, outcome]) => machineOutcome(file, outcome)),
        null,
        2,
      ),
    );
  else for (const [file, outcome] of outcomes) printOutcome(file, outcome, policy, outcomes.length > 1);
  return worst(outcomes.map(([, outcome]) => codeOf(outcome)));
}

const codeOf = (outcome: Outcome): number =>
  'checked' in outcome ? exitCodes[outcome.checked.indication] : unreadable;

/** Unreadable is worse than invalid, invalid than indeterminate. */
function worst(codes: readonly number[]): number {
  return [3, 1, 2].find((code) => codes.includes(code)) ?? 0;
}

const machineOutcome = (file: string, outcome: Outcome): unknown =>
  'checked' in outcome
    ? { file, ...outcome.checked }
    : { file, error: { code: outcome.code, vi: outcome.line } };

function printOutcome(file: string, outcome: Outcome, policy: PdfPolicy, named: boolean): void {
  if (named) console.log(`\n${file}`);
  if (!('checked' in outcome)) {
    console.error(outcome.line);
    return;
  }
  console.log(checkedFileText(outcome.checked).join('\n'));
  if (policy.anchors.length === 0 && !outcome.checked.unsigned)
    console.log('Chưa nêu chứng thư gốc nào được tin cậy: thêm --trust goc.pem để xét chứng thư.');
}

import { readFile } from 'node:fs/promises';
import { ProblemError } from '#formats/pdf';
import { readCertificatesPem } from '#formats/x509';
import {
  checkedFileText,
  guardedFetch,
  httpRevocation,
  onlineEvidence,
  pdfPolicy,
  problemOf,
  readPolicy,
  verifyFile,
  type CheckedFile,
  type PdfPolicy,
  type TrustAnchor,
} from '#signing';

const usage = `Cách dùng: phigiay verify FILE… [--trust PEM] [--policy FILE] [--at TIME] [--online] [--json]
  --trust PEM   chứng thư gốc được tin cậy (dùng nhiều lần được)
  --policy FILE quy định kiểm tra (JSON, xem docs/signing.md)
  --at TIME     xét tại thời điểm này (ISO 8601) khi chữ ký không có dấu thời gian
  --online      hỏi nơi cấp chứng thư những gì tệp còn thiếu; --allow MÁY: máy trong mạng riêng được phép hỏi
  --json        in báo cáo cho máy đọc
Kết quả: 0 hợp lệ, 1 không hợp lệ, 2 chưa đủ căn cứ, 3 không đọc được.
Biên nhận (.json): phigiay verify receipt.json [--key VKEY] [--jwk FILE] [--witness VKEY]`;

const exitCodes = { 'TOTAL-PASSED': 0, 'TOTAL-FAILED': 1, INDETERMINATE: 2 } as const;
const unreadable = 3;

interface Asked {
  readonly files: string[];
  readonly trust: string[];
  readonly allow: string[];
  policy?: string;
  online: boolean;
  at?: Date;
  json: boolean;
}

function read(args: readonly string[]): Asked | undefined {
  const asked: Asked = { files: [], trust: [], allow: [], online: false, json: false };
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index] as string;
    if (word === '--json') asked.json = true;
    else if (word === '--online') asked.online = true;
    else if (['--trust', '--at', '--policy', '--allow'].includes(word)) {
      const value = args[(index += 1)];
      if (value === undefined) return undefined;
      if (word === '--trust') asked.trust.push(value);
      else if (word === '--policy') asked.policy = value;
      else if (word === '--allow') asked.allow.push(value);
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
  const own =
    asked.policy === undefined ? undefined : readPolicy(JSON.parse(await readFile(asked.policy, 'utf8')));
  const anchors: TrustAnchor[] = [...(own?.anchors ?? [])];
  for (const path of asked.trust) {
    const certificates = readCertificatesPem(await readFile(path, 'utf8'));
    if (certificates.length === 0) throw new Error(`${path} không có chứng thư PEM nào`);
    anchors.push(...certificates.map((certificate) => ({ certificate })));
  }
  const now = new Date();
  return {
    ...(own === undefined ? {} : pdfPolicy(own, { now })),
    anchors,
    now,
    ...(asked.at === undefined ? {} : { at: asked.at }),
  };
}

/** One file: what was found, or one line why it cannot be read. */
type Outcome = { readonly checked: CheckedFile } | { readonly code: string; readonly line: string };

/** The policy for one file: what it lacks is asked for within limits of its own. */
function asking(policy: PdfPolicy, { online, allow }: Asked): PdfPolicy {
  if (!online) return policy;
  const fetch = httpRevocation({ fetch: guardedFetch({ allow }) });
  return { ...policy, fetchEvidence: onlineEvidence({ anchors: policy.anchors, now: policy.now, fetch }) };
}

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
 * `phigiay verify FILE… [--trust PEM] [--policy FILE] [--at TIME] [--online] [--json]`: verifies the digital signatures of files, recognised
 * by their content, without a network unless it is wanted; a `.json` file is a receipt.
 * @returns 0 valid, 1 invalid, 2 indeterminate, 3 unreadable; of several files the worst
 */
export async function verifyFileCommand(args: string[]): Promise<number> {
  const isReceipt = (word: string, at: number): boolean =>
    !word.startsWith('--') && word.toLowerCase().endsWith('.json') && args[at - 1] !== '--policy';
  if (args.some(isReceipt)) {
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
    console.error(`Không đọc được chứng thư tin cậy hoặc quy định kiểm tra: ${(error as Error).message}`);
    return unreadable;
  }
  const outcomes: [path: string, outcome: Outcome][] = [];
  for (const path of asked.files) outcomes.push([path, await verifyOne(path, asking(policy, asked))]);
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

import { readFile, rename, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { ProblemError } from '#formats/pdf';
import { readCertificatesPem } from '#formats/x509';
import {
  extendPdf,
  guardedFetch,
  httpRevocation,
  httpTimestamps,
  onlineEvidence,
  reportText,
  SigningError,
  verifyPdf,
  type ExtendOptions,
  type TrustAnchor,
} from '#signing';

const usage = `Cách dùng: phigiay renew FILE… --tsa URL --trust PEM [--allow MÁY] [--suffix ĐUÔI]
  --tsa URL      nơi cấp dấu thời gian (nhiều lần được: hỏi lần lượt cho tới khi có nơi trả lời đúng)
  --trust PEM    chứng thư gốc được tin cậy (nhiều lần được)
  --allow MÁY    máy trong mạng riêng được phép hỏi trạng thái chứng thư (nhiều lần được)
  --suffix ĐUÔI  tệp mới nằm cạnh tệp cũ với đuôi này, mặc định ".lta.pdf"; tệp cũ giữ nguyên
Kết quả: 0 đã gia hạn, 1 chữ ký không hợp lệ, 2 còn thiếu bằng chứng, 3 không đọc hay không hỏi được.`;

interface Renewing extends Pick<ExtendOptions, 'fetch'> {
  readonly timestamps: NonNullable<ExtendOptions['timestamps']>;
  readonly anchors: readonly TrustAnchor[];
  readonly suffix: string;
}

async function anchorsIn(paths: readonly string[]): Promise<TrustAnchor[]> {
  const anchors: TrustAnchor[] = [];
  for (const path of paths) {
    const certificates = readCertificatesPem(await readFile(path, 'utf8'));
    if (certificates.length === 0) throw new Error(`${path} không có chứng thư PEM nào`);
    anchors.push(...certificates.map((certificate) => ({ certificate })));
  }
  return anchors;
}

/** @throws Error in Vietnamese when the arguments are not right */
async function read(args: readonly string[]): Promise<{ files: string[]; renewing: Renewing } | undefined> {
  const many = { type: 'string', multiple: true, default: [] as string[] } as const;
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { tsa: many, trust: many, allow: many, suffix: { type: 'string', default: '.lta.pdf' } },
  });
  if (positionals.length === 0 || values.tsa.length === 0 || values.trust.length === 0) return undefined;
  const renewing = {
    anchors: await anchorsIn(values.trust),
    timestamps: httpTimestamps({ urls: values.tsa, fetch: globalThis.fetch }),
    fetch: httpRevocation({ fetch: guardedFetch({ allow: values.allow }) }),
    suffix: values.suffix,
  };
  return { files: positionals, renewing };
}

async function renewOne(path: string, { suffix, ...options }: Renewing): Promise<0 | 1 | 2> {
  const pdf = await readFile(path);
  const now = new Date();
  const { anchors, fetch } = options;
  const report = await verifyPdf(pdf, {
    anchors,
    now,
    fetchEvidence: onlineEvidence({ anchors, now, fetch }),
  });
  if (report.indication === 'TOTAL-FAILED') {
    console.error(`${path}: không gia hạn, vì chữ ký không hợp lệ.\n${reportText(report).join('\n')}`);
    return 1;
  }
  const extended = await extendPdf(pdf, { ...options, now });
  const target = path.replace(/(\.lta)?\.pdf$/i, '') + suffix;
  // Whole or not at all; renewed again, the newer file takes the place of its own shorter beginning.
  await writeFile(`${target}.new`, extended.pdf);
  await rename(`${target}.new`, target);
  const after = await verifyPdf(extended.pdf, { anchors, now });
  const until = after.signatures.map((one) => one.durability?.vi).find((text) => text !== undefined);
  console.log(`${target}: mức ${extended.level}${until === undefined ? '' : `; ${until}`}`);
  for (const { vi } of extended.missing) console.error(`${path}: ${vi}`);
  for (const failure of extended.failures) console.error(`  ${failure}`);
  return extended.missing.length > 0 ? 2 : 0;
}

/**
 * `phigiay renew FILE… --tsa URL --trust PEM`: takes the evidence of every signature and of the last archive
 * timestamp into a PDF and closes it by a new one (PAdES B-LTA); the file itself stays as it is, the longer one is
 * written beside it.
 * @returns 0 renewed, 1 not valid, 2 evidence missing, 3 unreadable or no timestamp; of several files the worst
 */
export async function renewCommand(args: readonly string[]): Promise<number> {
  let asked: Awaited<ReturnType<typeof read>>;
  try {
    asked = await read(args);
  } catch (error) {
    console.error((error as Error).message);
  }
  if (asked === undefined) {
    console.error(usage);
    return 3;
  }
  let worst = 0;
  for (const path of asked.files) {
    try {
      worst = Math.max(worst, await renewOne(path, asked.renewing));
    } catch (error) {
      worst = 3;
      const known = error instanceof ProblemError;
      if (!known && !(error instanceof SigningError) && !('code' in (error as object))) throw error;
      const why = known ? `${error.text.vi} ${error.text.viNext}` : (error as Error).message;
      console.error(`${path}: ${why}`);
    }
  }
  return worst;
}

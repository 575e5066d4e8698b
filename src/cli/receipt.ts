import { readFile } from 'node:fs/promises';
import type { JsonWebKey } from 'node:crypto';
import { parseVerifierKey, verifyReceiptProof, type ReceiptTrust, type ReceiptVerdict } from '#ledger';

const usage = 'Cách dùng: phigiay verify receipt.json [--key VKEY] [--jwk FILE] [--witness VKEY]';
const marks = { ok: '✓', failed: '✗', untrusted: '?' } as const;
const exitCodes = { valid: 0, invalid: 1, indeterminate: 2, unreadable: 3 } as const;

interface Asked {
  file?: string;
  jwkFiles: string[];
  logKeys: string[];
  witnessKeys: string[];
}

function read(args: readonly string[]): Asked | undefined {
  const asked: Asked = { jwkFiles: [], logKeys: [], witnessKeys: [] };
  const options: Record<string, string[]> = {
    '--key': asked.logKeys,
    '--jwk': asked.jwkFiles,
    '--witness': asked.witnessKeys,
  };
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] as string;
    const list = options[word];
    const value = list && args[(at += 1)];
    if (list && value !== undefined) list.push(value);
    else if (list || asked.file !== undefined || word.startsWith('--')) return undefined;
    else asked.file = word;
  }
  return asked.file === undefined ? undefined : asked;
}

/**
 * `phigiay verify receipt.json [--key VKEY] [--jwk FILE] [--witness VKEY]`: verifies a receipt's proof file
 * without a network and explains the result.
 * @returns 0 valid, 1 invalid, 2 indeterminate (no trusted key given), 3 unreadable
 */
export async function verifyReceiptCommand(args: string[]): Promise<number> {
  const asked = read(args);
  if (!asked) {
    console.error(usage);
    return 3;
  }
  let text: string;
  let trust: ReceiptTrust;
  try {
    for (const vkey of [...asked.logKeys, ...asked.witnessKeys]) parseVerifierKey(vkey);
    const jwks = await Promise.all(
      asked.jwkFiles.map(async (path) => JSON.parse(await readFile(path, 'utf8'))),
    );
    trust = {
      logKeys: asked.logKeys,
      witnessKeys: asked.witnessKeys,
      receiptKeys: jwks.flatMap((jwk: { keys?: JsonWebKey[] } & JsonWebKey) => jwk.keys ?? [jwk]),
    };
    text = await readFile(asked.file as string, 'utf8');
  } catch (error) {
    console.error(`Không đọc được: ${error instanceof Error ? error.message : String(error)}`);
    return 3;
  }
  const verdict = verifyReceiptProof(text, trust);
  console.log(explain(verdict, trust).join('\n'));
  return exitCodes[verdict.verdict];
}

function explain(verdict: ReceiptVerdict, trust: ReceiptTrust): string[] {
  const { claims } = verdict;
  const about = claims
    ? [
        `Biên nhận văn bản ${claims.document.notation} ngày ${claims.document.date} của ${claims.document.issuer}`,
        `  gửi bởi ${claims.sender}, tới ${claims.recipients.count} nơi nhận, lần gửi thứ ${claims.counter} của bên gửi`,
        `  trục tiếp nhận lúc ${claims.acceptedAt}; SHA-256 gói tin ${claims.envelopeHash}`,
        '',
      ]
    : [];
  const findings = verdict.findings.map(({ state, vi }) => `${marks[state]} ${vi}`);
  return [...about, ...findings, '', conclusion(verdict, trust)];
}

function conclusion({ verdict }: ReceiptVerdict, trust: ReceiptTrust): string {
  switch (verdict) {
    case 'valid':
      return 'KẾT LUẬN: HỢP LỆ. Trục đã tiếp nhận gói tin này và ghi vào nhật ký không sửa được.';
    case 'invalid':
      return 'KẾT LUẬN: KHÔNG HỢP LỆ. Đừng dùng tệp này làm bằng chứng; xin bản khác từ trục và báo quản trị.';
    case 'indeterminate':
      return trust.receiptKeys?.length
        ? 'KẾT LUẬN: CHƯA KẾT LUẬN ĐƯỢC. Biên nhận do khóa tin cậy ký, nhưng chưa có khóa nhật ký tin cậy: thêm --key VKEY.'
        : 'KẾT LUẬN: CHƯA KẾT LUẬN ĐƯỢC. Tệp khớp với chính nó, nhưng chưa cho khóa tin cậy nào: lấy khóa công bố của trục rồi thêm --key VKEY.';
    case 'unreadable':
      return 'KẾT LUẬN: KHÔNG ĐỌC ĐƯỢC. Đây không phải tệp bằng chứng biên nhận của Phi Giấy.';
  }
}

import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { LedgerError, noteSigner, parseVerifierKey, type NoteSigner } from '#ledger';
import { startWitness } from './witnessServer.ts';

const usage = `Làm bên chứng kiến cho sổ nhật ký của một trục:

  phigiay witness --log URL --vkey VKEY --key FILE --port N [--name TÊN] [--host ĐỊA-CHỈ]

  --log   địa chỉ sổ nhật ký, ví dụ https://truc.gov.vn/log
  --vkey  khóa công bố của sổ nhật ký (lấy ở URL/key, đối chiếu qua một đường khác)
  --key   tệp khóa của bên chứng kiến; chưa có thì được tạo. Trí nhớ nằm ở FILE.checkpoint, phải giữ cùng khóa
  --name  tên của bên chứng kiến, không dấu cách; mặc định là tên máy`;

const known = ['--log', '--vkey', '--key', '--port', '--name', '--host'] as const;
type Option = (typeof known)[number];

function optionsOf(args: readonly string[]): ReadonlyMap<Option, string> | string {
  const values = new Map<Option, string>();
  for (let at = 0; at < args.length; at += 2) {
    const name = known.find((one) => one === args[at]);
    const value = args[at + 1];
    if (name === undefined) return `Không có tùy chọn "${args[at]}".`;
    if (value === undefined) return `Tùy chọn ${name} cần một giá trị.`;
    values.set(name, value);
  }
  const missing = known.slice(0, 4).find((name) => !values.has(name));
  if (missing !== undefined) return `Thiếu ${missing}.`;
  const port = Number(values.get('--port'));
  if (!Number.isInteger(port) || port < 0 || port > 65_535) return '--port cần một số từ 0 đến 65535.';
  if (!URL.canParse(values.get('--log')!)) return '--log cần một địa chỉ, ví dụ https://truc.gov.vn/log.';
  try {
    if (parseVerifierKey(values.get('--vkey')!).algorithm !== 'ed25519')
      return '--vkey là khóa của một bên chứng kiến, không phải của sổ nhật ký.';
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    return '--vkey không đọc được: chép lại cả dòng ở URL/key.';
  }
  return values;
}

/** The witness's key: read, or made once, synced, for the owner's eyes only. */
async function keyOf(path: string, name: string): Promise<NoteSigner> {
  let pem: string;
  try {
    pem = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const made = generateKeyPairSync('ed25519').privateKey;
    pem = made.export({ type: 'pkcs8', format: 'pem' }) as string;
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(pem);
      await file.sync();
    } finally {
      await file.close();
    }
  }
  return noteSigner(name, createPrivateKey(pem), 'cosignature');
}

/** Says when the log at the address shows another key: the operator may have copied the wrong line. */
async function compareWithLog(url: string, vkey: string): Promise<void> {
  try {
    const reply = await fetch(`${url.replace(/\/$/, '')}/key`, { signal: AbortSignal.timeout(5_000) });
    const shown = (await reply.text()).trim();
    if (reply.ok && shown !== vkey)
      console.error(`Chú ý: sổ nhật ký ở ${url} đang công bố khóa khác: ${shown.slice(0, 200)}`);
  } catch {
    console.error(`Chú ý: chưa nối được sổ nhật ký ở ${url}; bên chứng kiến vẫn chạy và chờ trục gọi tới.`);
  }
}

/**
 * `phigiay witness …`: cosigns the checkpoints of one log as long as each contains all that was cosigned before, until
 * told to stop.
 * @returns 0 stopped, 1 could not start, 2 wrong call
 */
export async function witnessCommand(
  args: readonly string[],
  stopped: () => Promise<void> = stopSignal,
): Promise<number> {
  const values = optionsOf(args);
  if (typeof values === 'string') {
    console.error(`${values}\n\n${usage}`);
    return 2;
  }
  const [log, vkey, keyFile] = [values.get('--log')!, values.get('--vkey')!, values.get('--key')!];
  const host = values.get('--host') ?? '127.0.0.1';
  try {
    const signer = await keyOf(keyFile, values.get('--name') ?? hostname());
    const memory = `${keyFile}.checkpoint`;
    const server = await startWitness({
      logKey: vkey,
      signer,
      memory,
      host,
      port: Number(values.get('--port')),
      now: () => new Date(),
    });
    console.log(`Bên chứng kiến đang chạy ở http://${host}:${server.port}, đã ký tới cỡ ${server.size()}.`);
    console.log(`Khai ở trục:\n  PHIGIAY_WITNESSES="${signer.vkey} http://${host}:${server.port}"`);
    await compareWithLog(log, vkey);
    await stopped();
    await server.close();
    return 0;
  } catch (error) {
    console.error(`Bên chứng kiến không chạy được: ${(error as Error).message}.`);
    console.error(
      `Kiểm tra tệp khóa ${keyFile} và ${keyFile}.checkpoint; đừng xóa tệp .checkpoint để chạy tiếp.`,
    );
    return 1;
  }
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

import { Asn1Error, children, readAsn1 } from '#formats/asn1';
import { readCertificatesPem, certificateToPem } from '#formats/x509';
import { exchange, HttpFault, RemoteError, SigningError, TokenError, type Signer } from '#signing';
import { OfficeRefusal, openKey, type AgentWorld, type Asked } from './agentKey.ts';

const usage = `Cách dùng: phigiay sign-agent --url URL --code MÃ (--p12 TỆP | --pkcs11 THƯ-VIỆN [--token NHÃN] | --csc TỆP) [--key NHÃN]
                         [--issuers PEM] [--yes]
  --csc TỆP: dịch vụ ký từ xa (CSC API v2), JSON {"baseUrl", "account", "credential"?, "ca"?}.
  Chạy trên máy của người ký: lấy những gì đang chờ ký theo mã trên trang văn bản, ký bằng khóa ở máy này, nộp lại chữ
  ký. Khóa và mã PIN không rời máy này. Mã PIN được hỏi khi chạy, hoặc đọc một dòng từ đầu vào chuẩn.
Kết quả: 0 đã ký hết, 1 có văn bản chưa ký được, 2 không ký gì.`;

const valued = ['url', 'code', 'p12', 'pkcs11', 'csc', 'token', 'key', 'issuers'] as const;

function read(args: readonly string[]): Asked | undefined {
  const found: Record<string, string> = {};
  let yes = false;
  for (let at = 0; at < args.length; at += 1) {
    const name = args[at]?.replace(/^--/, '') ?? '';
    const value = args[at + 1];
    if (args[at] === '--yes') yes = true;
    else if (
      args[at]?.startsWith('--') &&
      (valued as readonly string[]).includes(name) &&
      value !== undefined
    ) {
      found[name] = value;
      at += 1;
    } else return undefined;
  }
  const { url, code, p12, pkcs11, csc } = found;
  const keys = [p12, pkcs11, csc].filter((one) => one !== undefined);
  if (url === undefined || code === undefined || keys.length !== 1) return undefined;
  return { ...found, url: url.replace(/\/$/, ''), code, yes };
}

/** Signatures and codes go over TLS, or stay on this machine. */
function safeUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return (
    protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname))
  );
}

interface Item {
  readonly id: string;
  readonly act: string;
  readonly title: string;
  readonly documentHash: string | null;
  readonly certificatePem: string | null;
  readonly tbs: string;
  readonly state: 'waiting' | 'signed';
}

async function talk<T>(world: AgentWorld, asked: Asked, path: string, body?: unknown): Promise<T> {
  const answer = await exchange(
    world.fetch,
    `${asked.url}/api/signing-device/requests${path}`,
    {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${asked.code}`,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) }),
    },
    { timeout: 30_000, bytes: 8 * 2 ** 20, refusals: true },
  );
  const said = JSON.parse(answer.toString('utf8')) as T & { title?: string; next?: string; code?: string };
  if (said.code !== undefined && said.title !== undefined)
    throw new OfficeRefusal(`${said.title} ${said.next ?? ''}`.trim());
  return said;
}

/**
 * Whether octets are what this program signs: the attributes of a CMS signature (a SET with the type of content, the
 * digest and the certificate), or the text of an enrolment. A server that was taken over gets nothing else signed.
 */
function isSignable(item: Item, tbs: Buffer): boolean {
  if (item.act === 'enrol') return tbs.toString('utf8') === enrolmentText(item.id);
  try {
    const set = readAsn1(tbs, { rules: 'der' });
    return set.tag === 0x31 && children(set).length >= 3;
  } catch (error) {
    if (error instanceof Asn1Error) return false;
    throw error;
  }
}

const enrolmentText = (id: string): string => `Phi Giấy: đăng ký chứng thư chữ ký số, yêu cầu ${id}\n`;

const reason = (error: unknown): string | undefined => {
  if (error instanceof TokenError || error instanceof RemoteError)
    return `${error.text.vi} ${error.text.viNext}`;
  if (error instanceof OfficeRefusal) return error.message;
  if (error instanceof HttpFault) return `Không nối được với văn phòng (${error.message}).`;
  if (error instanceof SigningError)
    return error.code === 'wrong-password'
      ? 'Mã PIN của tệp khóa không đúng.'
      : `Tệp khóa không dùng được (${error.code}).`;
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'Không có tệp này.';
  return undefined;
};

/** `phigiay sign-agent`: docs/protocol/sign-device.md, from the side of the device. */
export async function signAgentCommand(args: readonly string[], world: AgentWorld): Promise<number> {
  const asked = read(args);
  if (!asked) {
    world.complain(usage);
    return 2;
  }
  if (!safeUrl(asked.url)) {
    world.complain('Địa chỉ văn phòng phải bắt đầu bằng https:// (http chỉ dùng được trên chính máy này).');
    return 2;
  }
  try {
    return await signAll(world, asked);
  } catch (error) {
    const line = reason(error);
    if (line === undefined) throw error;
    world.complain(line);
    return 2;
  }
}

async function signAll(world: AgentWorld, asked: Asked): Promise<number> {
  const { person, items } = await talk<{ person: string; items: readonly Item[] }>(world, asked, '');
  const waiting = items.filter(({ state }) => state === 'waiting');
  if (waiting.length === 0) {
    world.say('Không còn gì chờ ký.');
    return 0;
  }
  world.say(`${person} ký ${waiting.length} văn bản:`);
  for (const [index, item] of waiting.entries())
    world.say(
      `  ${index + 1}. ${item.title}${item.documentHash === null ? '' : ` (SHA-256 ${item.documentHash})`}`,
    );
  if (!asked.yes && !/^(c|y)/i.test(await world.ask('Ký? [c/K] '))) {
    world.say('Không ký gì.');
    return 2;
  }
  const key = await openKey(world, asked);
  let failed = 0;
  try {
    const sign = await signerOfAll(key.signer, waiting);
    for (const item of waiting) {
      try {
        await signOne(world, asked, key.signer, item, sign);
        world.say(`  đã ký: ${item.title}`);
      } catch (error) {
        const line = reason(error);
        if (line === undefined) throw error;
        failed += 1;
        world.complain(`  chưa ký: ${item.title}: ${line}`);
        // A device that refuses a PIN or is gone refuses the rest too: it is not asked again.
        if (error instanceof TokenError || error instanceof RemoteError) return 1;
      }
    }
  } finally {
    await key.close();
  }
  return failed === 0 ? 0 : 1;
}

/** One authorisation for all of a batch, where the key's place has such a thing. */
async function signerOfAll(
  signer: Signer,
  items: readonly Item[],
): Promise<(item: Item, tbs: Buffer) => Promise<Uint8Array>> {
  const sound = items.filter((item) => faultOf(signer, item) === undefined);
  if (!signer.signMany || sound.length < 2) return async (_item, tbs) => await signer.sign(tbs);
  const signatures = await signer.signMany(sound.map(({ tbs }) => Buffer.from(tbs, 'base64')));
  const byItem = new Map(sound.map(({ id }, index) => [id, signatures[index]!]));
  return async ({ id }) => byItem.get(id)!;
}

/** Why an item is not signed with this key. */
function faultOf(signer: Signer, item: Item): string | undefined {
  if (!isSignable(item, Buffer.from(item.tbs, 'base64')))
    return 'Nội dung cần ký không đúng khuôn dạng; không ký.';
  const own = signer.certificateChain[0]!;
  if (item.certificatePem !== null && !readCertificatesPem(item.certificatePem)[0]?.der.equals(own.der))
    return 'Văn phòng đang chờ chữ ký của chứng thư khác. Dùng đúng thiết bị, hoặc đăng ký lại.';
  return undefined;
}

async function signOne(
  world: AgentWorld,
  asked: Asked,
  signer: Signer,
  item: Item,
  sign: (item: Item, tbs: Buffer) => Promise<Uint8Array>,
): Promise<void> {
  const fault = faultOf(signer, item);
  if (fault !== undefined) throw new OfficeRefusal(fault);
  const signature = Buffer.from(await sign(item, Buffer.from(item.tbs, 'base64'))).toString('base64');
  await talk(world, asked, `/${item.id}/signature`, {
    signature,
    ...(item.act === 'enrol'
      ? {
          algorithm: signer.algorithm,
          chain: signer.certificateChain.map((one) => certificateToPem(one)).join(''),
        }
      : {}),
  });
}

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'node:http';
import { request as requestTls } from 'node:https';
import { signVxpHeaders } from '../src/modules/axis/vxp/request.ts';

const usage = 'npm run conformance -- vxp [URL] DIR --secret SECRET';
const answerWithinMs = 10_000;

interface Recorded {
  readonly name: string;
  readonly method: string;
  readonly op: string;
  /** In the order in which they were signed, names without `XroadVnpt-`. */
  readonly signed: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

async function readRecorded(folder: string, name: string): Promise<Recorded> {
  const [first = '', ...lines] = (await readFile(join(folder, `${name}.headers.txt`), 'utf8')).split(/\r?\n/);
  const [method = '', path = ''] = first.split(' ');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const at = line.indexOf(':');
    if (at > 0) headers[line.slice(0, at)] = line.slice(at + 1).trim();
  }
  const signHeader = JSON.parse(headers['XroadVnpt-sign-header'] ?? '{}') as Record<string, string>;
  return {
    name,
    method,
    op: path.split('/').at(-1) ?? '',
    signed: Object.entries(signHeader).map(([key, value]) => [key.replace(/^XroadVnpt-/, ''), value]),
    headers,
    body: await readFile(join(folder, `${name}.body.bin`)),
  };
}

/** The recorded headers; when a docId is to be replaced by one that this axis gave out, signed anew. */
function headersFor(
  recorded: Recorded,
  ids: ReadonlyMap<string, string>,
  secret: string,
): Record<string, string> {
  const changed = recorded.signed.map(([name, value]): [string, string] => [name, ids.get(value) ?? value]);
  const again = changed.some(([, value], at) => value !== recorded.signed[at]?.[1]);
  const kept = Object.fromEntries(
    Object.entries(recorded.headers).filter(
      ([name]) => !/^(host|connection|content-length|accept-encoding)$/i.test(name),
    ),
  );
  return again ? { ...kept, ...signVxpHeaders(changed, secret) } : kept;
}

function call(base: URL, recorded: Recorded, headers: Record<string, string>): Promise<Reply> {
  const send = base.protocol === 'https:' ? requestTls : request;
  const url = new URL(`${base.href.replace(/\/$/, '')}/${recorded.op}`);
  return new Promise((resolve, reject) => {
    const body = recorded.method === 'GET' ? null : recorded.body;
    const length: Record<string, string> = body ? { 'content-length': String(body.length) } : {};
    const outgoing = send(url, { method: recorded.method, headers: { ...headers, ...length } }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          contentType: answer.headers['content-type'] ?? '',
          body: Buffer.concat(pieces),
        }),
      );
    });
    outgoing.setTimeout(answerWithinMs, () => outgoing.destroy(new Error('no answer within 10 s')));
    outgoing.on('error', reject);
    // The SDK waits for 100 Continue before it sends the body.
    if (headers['Expect'] === '100-continue' && body) {
      outgoing.on('continue', () => outgoing.end(body));
      outgoing.flushHeaders();
    } else outgoing.end(body ?? undefined);
  });
}

const lists = new Set([
  'getReceivedEdocList',
  'getSentEdocList',
  'getAgenciesList',
  'getAgenciesListQD20',
  'getSynchronizeUnit',
]);

/** Fields of the items of each list (docs/protocol/vxp.md; the SDK shows a missing one as empty). */
const itemFields: Readonly<Record<string, readonly string[]>> = {
  getReceivedEdocList: ['docId', 'serviceType', 'messageType', 'created_time', 'from', 'to', 'status'],
  getSentEdocList: [
    'serviceType',
    'messageType',
    'senderDocId',
    'fromCode',
    'toCode',
    'sendStatus',
    'sentTime',
  ],
  getAgenciesList: ['id', 'pid', 'code', 'name', 'oldCode'],
  getAgenciesListQD20: ['id', 'pid', 'code', 'name', 'code102'],
  getSynchronizeUnit: ['id', 'pid', 'code', 'name', 'isAgency'],
};

/** What is wrong with a reply by §4.1; an empty list when the SDK's caller would see all of it. */
function judge(op: string, reply: Reply): string[] {
  const text = reply.body.toString('latin1');
  if (op === 'downloadEdoc' && reply.status === 200) {
    return /^(\uFEFF|ï»¿)?\s*<\?xml|<edXML/.test(text) ? [] : ['downloadEdoc: 200 without a package'];
  }
  if (!/^[\t\n\r\x20-\x7e]+$/.test(text)) return ['not ASCII, or empty'];
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return [`HTTP ${reply.status} without JSON`];
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return ['not a JSON object'];
  const json = parsed as Record<string, unknown>;
  const wrong: string[] = [];
  for (const key of ['status', 'ErrorCode', 'ErrorDesc']) {
    if (typeof json[key] !== 'string') wrong.push(`${key} is not a string`);
  }
  if (
    JSON.stringify(json, (_key, value: unknown) => (value === null ? '\u0000null' : value)).includes(
      '\\u0000null',
    )
  ) {
    wrong.push('a null');
  }
  if (op === 'sendEdoc' && typeof json['DocId'] !== 'string') wrong.push('no DocId');
  if (json['status'] !== 'OK') {
    wrong.push(`refused: ${String(json['ErrorCode'])} ${String(json['ErrorDesc'])}`);
    return wrong;
  }
  if (json['ErrorCode'] !== '0') wrong.push('OK with an error code');
  if (op === 'getEdoc' && typeof json['data'] !== 'string') wrong.push('no data');
  if (op.startsWith('count') && typeof json['count'] !== 'number') wrong.push('no count');
  if (lists.has(op)) {
    if (!Array.isArray(json['data'])) return [...wrong, 'data is not a list'];
    for (const item of json['data'].slice(0, 50) as Record<string, unknown>[]) {
      for (const field of itemFields[op] ?? []) if (!(field in item)) wrong.push(`an item without ${field}`);
    }
  }
  return wrong;
}

/** Notes which of this axis's ids stand for the recorded ones, so that later requests ask for what is there. */
function learn(ids: Map<string, string>, recorded: Record<string, unknown> | null, reply: Reply): void {
  if (!recorded) return;
  let ours: Record<string, unknown>;
  try {
    ours = JSON.parse(reply.body.toString('latin1')) as Record<string, unknown>;
  } catch {
    return;
  }
  const list = (from: Record<string, unknown>): string[] =>
    Array.isArray(from['data'])
      ? from['data'].map((item: { docId?: unknown }) => String(item.docId ?? ''))
      : [];
  if (typeof recorded['DocId'] === 'string' && typeof ours['DocId'] === 'string' && ours['DocId'] !== '') {
    ids.set(recorded['DocId'], ours['DocId']);
  }
  for (const [at, id] of list(recorded).entries()) {
    const given = list(ours)[at];
    if (id !== '' && given !== undefined && given !== '') ids.set(id, given);
  }
}

/**
 * Replays the SDK's recorded requests of DIR against an axis and judges each reply by docs/protocol/vxp.md §4 and
 * the SDK's own reactions. One line a file; the last line is `N passed, N failed`.
 * @returns 0 when all passed, 1 when not, 2 for wrong arguments
 */
export async function run(args: readonly string[]): Promise<number> {
  const words = [...args];
  const secretAt = words.indexOf('--secret');
  const secret = secretAt < 0 ? undefined : words.splice(secretAt, 2)[1];
  const url = words.length === 2 ? words.shift() : undefined;
  const folder = words.shift();
  if (folder === undefined || secret === undefined || words.length > 0) {
    console.error(usage);
    return 2;
  }
  const own = url === undefined ? await startOwn(secret) : null;
  try {
    return await replay(new URL(url ?? own!.url), folder, secret);
  } finally {
    await own?.close();
  }
}

async function replay(base: URL, folder: string, secret: string): Promise<number> {
  const names = (await readdir(folder))
    .filter((name) => name.endsWith('.headers.txt'))
    .map((name) => name.slice(0, -'.headers.txt'.length))
    .sort();
  const ids = new Map<string, string>();
  let passed = 0;
  for (const name of names) {
    const recorded = await readRecorded(folder, name);
    let wrong: string[];
    try {
      const reply = await call(base, recorded, headersFor(recorded, ids, secret));
      wrong = judge(recorded.op, reply);
      const answered = await readFile(join(folder, `${name}.response.json`), 'utf8').catch(() => null);
      learn(ids, answered === null ? null : (JSON.parse(answered) as Record<string, unknown>), reply);
    } catch (error) {
      wrong = [(error as Error).message];
    }
    if (wrong.length === 0) passed += 1;
    console.log(
      `${wrong.length === 0 ? 'pass' : 'FAIL'}  ${name}${wrong.length === 0 ? '' : `  ${wrong.join('; ')}`}`,
    );
  }
  console.log(`${passed} passed, ${names.length - passed} failed`);
  return passed === names.length && names.length > 0 ? 0 : 1;
}

/** An axis of ours on a database of its own, with the system and the organisations of the recordings. */
async function startOwn(secret: string): Promise<{ readonly url: string; close(): Promise<void> }> {
  const [{ testSystem }, { auditModule }, { directoryModule, addOrganisations }, { axisModule, addSystem }] =
    await Promise.all([
      import('../test/support/system.ts'),
      import('#audit'),
      import('#directory'),
      import('#axis'),
    ]);
  const system = await testSystem([directoryModule, auditModule, axisModule]);
  const { ctx } = system;
  await ctx.db.transaction(null, (tx) =>
    addOrganisations(
      tx,
      [
        { code: 'H99', code102: '000.00.00.H99', name: 'Sở Thử nghiệm', parentCode102: null },
        { code: 'H98', code102: '000.00.00.H98', name: 'UBND tỉnh Nhận', parentCode102: null },
        { code: 'H98.15', code102: '000.00.15.H98', name: 'Sở Nhận', parentCode102: '000.00.00.H98' },
      ],
      '2020-01-01',
      ctx.clock.now(),
    ),
  );
  await addSystem(ctx, {
    id: 'vxp.test.01',
    secret,
    orgCodes: ['000.00.00.H99', 'H98', '000.00.15.H98'],
  });
  const address = await system.app.listen({ host: '127.0.0.1', port: 0 });
  return { url: `${address}/vxp`, close: () => system.close() };
}

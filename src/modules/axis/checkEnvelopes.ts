import { createPublicKey, type KeyObject } from 'node:crypto';
import { finding, vietnamIso, type Finding } from '#kernel';
import {
  bindsRecipients,
  commit,
  decodeEntry,
  LedgerError,
  saltBytes,
  verifyReceipt,
  type LogEntry,
  type ReceiptClaims,
} from '#ledger';
import { minuteOf, type LogCheck } from './checkLog.ts';
import {
  allAcknowledgements,
  allEntries,
  allEnvelopes,
  type CheckedAcknowledgement,
  type CheckedEnvelope,
  type HeadRow,
} from './checkStore.ts';
import { codesOf } from './batch.ts';
import { stated } from './notary.ts';
import type { Packs } from './packs.ts';

export interface EnvelopeCheck extends LogCheck {
  readonly packs: Packs;
  readonly receiptKey: KeyObject;
  readonly counters: HeadRow['counters'];
}

/** No setting lets a larger package in; an edited size must not take the memory. */
const largestPackage = 2 ** 31;

/** What the pass over the envelopes has seen, for the passes after it. */
interface Seen {
  readonly acceptances: Set<number>;
  readonly acknowledgements: Set<number>;
  readonly counters: Map<string, { readonly code: string; readonly next: number; last: string }>;
}

const nameOf = (row: Pick<CheckedEnvelope, 'kind' | 'notation' | 'senderCode' | 'counter'>): string =>
  `${row.kind === 'status' ? 'trạng thái về văn bản' : 'gói tin văn bản'} ${row.notation || '(không số)'} của ` +
  `${row.senderCode}, lần gửi thứ ${row.counter}`;

/**
 * Checks what the axis keeps of each accepted package: bytes, receipt, log entry, deliveries, acknowledgements; that
 * no counter of a sender has a gap, and that each entry of the log has its row (R4).
 */
export async function* checkEnvelopes(check: EnvelopeCheck): AsyncGenerator<Finding> {
  const seen: Seen = { acceptances: new Set(), acknowledgements: new Set(), counters: new Map() };
  const publicKey = createPublicKey(check.receiptKey);
  for await (const row of allEnvelopes(check.ctx, check.nextIndex)) {
    seen.acceptances.add(row.logIndex);
    yield* checkCounter(row, seen);
    yield* checkOne(check, row, publicKey);
  }
  yield* checkLastCounters(check, seen);
  for await (const row of allAcknowledgements(check.ctx, check.nextIndex)) {
    seen.acknowledgements.add(row.index);
    yield* checkAcknowledgement(row);
  }
  for await (const { index, entry } of allEntries(check.ctx, check.nextIndex))
    yield* checkRowOf(index, entry, seen);
}

/** 1, 2, 3… for each sender, in the order of the log. */
function* checkCounter(row: CheckedEnvelope, seen: Seen): Generator<Finding> {
  const before = seen.counters.get(row.senderOrg);
  const expected = before?.next ?? 1;
  const at = vietnamIso(row.acceptedAt);
  if (row.counter < expected)
    yield finding(
      'changed',
      nameOf(row),
      `số thứ tự ${row.counter} không theo thứ tự của sổ`,
      before?.last ?? null,
    );
  for (let number = expected; number < row.counter; number += 1) {
    const object = `lần gửi thứ ${number} của ${row.senderCode}`;
    yield finding('missing', object, 'gói tin đã được tiếp nhận nhưng không còn trong bảng', `trước ${at}`);
  }
  const next = Math.max(expected, row.counter + 1);
  seen.counters.set(row.senderOrg, { code: row.senderCode, next, last: at });
}

/** The last packages of a sender have no successor that shows the gap: the counter itself does. */
function* checkLastCounters({ counters }: EnvelopeCheck, seen: Seen): Generator<Finding> {
  for (const { org, next } of counters) {
    const found = seen.counters.get(org);
    const sender = found?.code ?? `cơ quan ${org}`;
    for (let number = found?.next ?? 1; number < next; number += 1)
      yield finding(
        'missing',
        `lần gửi thứ ${number} của ${sender}`,
        'số đã cấp nhưng gói tin không còn trong bảng',
      );
    if (found && found.next > next)
      yield finding(
        'changed',
        `bộ đếm của ${sender}`,
        `đứng ở ${next} khi đã có lần gửi thứ ${found.next - 1}`,
      );
  }
}

async function* checkOne(
  check: EnvelopeCheck,
  row: CheckedEnvelope,
  publicKey: KeyObject,
): AsyncGenerator<Finding> {
  const lastGood = `tiếp nhận lúc ${vietnamIso(row.acceptedAt)}, dòng ${row.logIndex} của sổ nhật ký`;
  const object = nameOf(row);
  const place = { pack: row.pack, offset: row.packOffset };
  const bytes = await readPack(check, row);
  if (!bytes) {
    const file = check.packs.fileOf(place);
    yield finding(
      'changed',
      object,
      `nội dung trong kho ${file} tại byte ${row.packOffset} bị sửa hoặc mất`,
      lastGood,
    );
  }
  let claims: ReceiptClaims;
  let payload: Buffer;
  try {
    ({ claims, payload } = verifyReceipt(row.receipt, publicKey));
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    yield finding(
      'changed',
      `biên nhận của ${object}`,
      `không đúng chữ ký của trục (${error.code})`,
      lastGood,
    );
    return;
  }
  const wrong = differences(row, claims, check.logSigner.name);
  if (wrong.length > 0) {
    const swapped = wrong.includes('nội dung');
    const detail = `khác với biên nhận ở: ${wrong.join(', ')}`;
    yield finding(swapped ? 'swapped' : 'changed', object, detail, lastGood);
  }
  yield* checkEntry(row, object, payload, lastGood);
  yield* checkDeliveries(row, claims, object, lastGood);
}

/** The package, or null when place, size or bytes are not those of its hash. */
async function readPack({ packs }: EnvelopeCheck, row: CheckedEnvelope): Promise<Buffer | null> {
  const { pack, packOffset: offset, size, contentHash } = row;
  if (size < 0 || size > largestPackage || offset < 0) return null;
  return await packs.read({ pack, offset }, size, contentHash);
}

/** The parts of a row that do not say what its receipt says. */
function differences(row: CheckedEnvelope, claims: ReceiptClaims, origin: string): string[] {
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['nội dung', row.contentHash, claims.envelopeHash],
    ['nơi gửi', row.senderCode, claims.sender],
    ['số và ký hiệu', row.notation || '-', claims.document.notation],
    ['mã định danh văn bản', row.documentId || '-', claims.document.id],
    ['thời điểm tiếp nhận', row.acceptedAt.getTime(), Date.parse(claims.acceptedAt)],
    ['số thứ tự', row.counter, claims.counter],
    ['dòng nhật ký', `${origin} ${row.logIndex}`, `${claims.log.origin} ${claims.log.index}`],
    ['mã làm mờ', row.salt.toString('base64url'), claims.salt],
  ];
  const asStated = (value: unknown): unknown => (typeof value === 'string' ? stated(value) : value);
  return pairs.filter(([, kept, said]) => asStated(kept) !== said).map(([name]) => name);
}

function entryOf(bytes: Uint8Array | null): LogEntry | null {
  if (bytes === null) return null;
  try {
    return decodeEntry(bytes);
  } catch (error) {
    if (error instanceof LedgerError) return null;
    throw error;
  }
}

const commits = (entry: LogEntry, salt: Buffer, payload: Buffer): boolean =>
  salt.length === saltBytes && commit(salt, payload).equals(entry.commitment);

function* checkEntry(
  row: CheckedEnvelope,
  object: string,
  payload: Buffer,
  lastGood: string,
): Generator<Finding> {
  // A row that is missing is named by the check of the log.
  if (row.entry === null) return;
  const entry = entryOf(row.entry);
  const minute = Math.floor(row.acceptedAt.getTime() / 60_000) * 60_000;
  const agrees = entry?.kind === 'accept' && entry.time === minute && commits(entry, row.salt, payload);
  if (!agrees)
    yield finding('swapped', object, `biên nhận không phải cái mà dòng ${row.logIndex} đã cam kết`, lastGood);
}

/** The codes that an envelope's list names; null when it was edited beyond reading. */
function namedIn(recipients: string): readonly string[] | null {
  try {
    const codes = codesOf(recipients);
    return codes.every((code) => typeof code === 'string') ? codes : null;
  } catch {
    return null;
  }
}

function* checkDeliveries(
  row: CheckedEnvelope,
  claims: ReceiptClaims,
  object: string,
  lastGood: string,
): Generator<Finding> {
  const named = namedIn(row.recipients);
  if (named === null || !bindsRecipients(claims, named.map(stated))) {
    yield finding(
      'changed',
      `danh sách nơi nhận của ${object}`,
      'không phải danh sách mà biên nhận cam kết',
      lastGood,
    );
    return;
  }
  const there = new Set(row.deliveries.map(({ code }) => code));
  const wanted = new Set(named);
  for (const code of named) {
    if (!there.has(code))
      yield finding(
        'missing',
        `bản gửi tới ${code} của ${object}`,
        'có trong biên nhận nhưng không còn dòng',
        lastGood,
      );
  }
  for (const delivery of row.deliveries) {
    const about = `bản gửi tới ${delivery.code} của ${object}`;
    if (!wanted.has(delivery.code))
      yield finding('extra', about, 'biên nhận không nêu nơi nhận này', lastGood);
    else if (delivery.sender !== row.senderOrg || delivery.logIndex !== row.logIndex)
      yield finding('changed', about, 'không khớp với gói tin của nó', lastGood);
    const done = delivery.state === 'stored' || delivery.state === 'refused';
    if (done !== (delivery.ackIndex !== null) && delivery.state !== 'queued')
      yield finding(
        'changed',
        about,
        `trạng thái "${delivery.state}" không khớp với xác nhận trong sổ`,
        lastGood,
      );
  }
}

interface Said {
  readonly recipient?: string;
  readonly envelopeHash?: string;
  readonly result?: string;
  readonly at?: string;
}

/** What an acknowledgement says; nothing when it was edited beyond reading. */
function saidIn(payload: string): Said {
  try {
    return (JSON.parse(payload) as Said | null) ?? {};
  } catch {
    return {};
  }
}

function* checkAcknowledgement(row: CheckedAcknowledgement): Generator<Finding> {
  const said = saidIn(row.payload);
  const object = `xác nhận của ${said.recipient ?? '?'} ở dòng ${row.index} của sổ nhật ký`;
  const lastGood = said.at ?? minuteOf(row.entry);
  const entry = entryOf(row.entry);
  if (entry !== null && !commits(entry, row.salt, Buffer.from(row.payload))) {
    yield finding('changed', object, 'không phải cái mà sổ nhật ký đã cam kết', minuteOf(row.entry));
    return;
  }
  if (row.deliveryState === null)
    yield finding('missing', `bản gửi mà ${object} nói tới`, 'không còn dòng', lastGood);
  else if (row.recipientCode !== said.recipient || row.contentHash !== said.envelopeHash)
    yield finding('changed', object, 'nói về một bản gửi khác', lastGood);
  else if (row.deliveryAckIndex === row.index && row.deliveryState !== said.result)
    yield finding('changed', `bản gửi tới ${said.recipient}`, `khác với ${object}`, lastGood);
}

/** Each entry of the log speaks of a row that must be there: a removed row is found. */
function* checkRowOf(index: number, bytes: Buffer, seen: Seen): Generator<Finding> {
  const entry = entryOf(bytes);
  if (entry === null) {
    yield finding('changed', `dòng ${index} của sổ nhật ký trong cơ sở dữ liệu`, 'không đọc được');
    return;
  }
  const at = minuteOf(bytes);
  if (entry.kind === 'accept' && !seen.acceptances.has(index))
    yield finding(
      'missing',
      `gói tin của dòng ${index} trong sổ nhật ký`,
      'sổ ghi đã tiếp nhận, bảng không còn',
      at,
    );
  if (entry.kind === 'delivery' && !seen.acknowledgements.has(index))
    yield finding(
      'missing',
      `xác nhận của dòng ${index} trong sổ nhật ký`,
      'sổ ghi đã xác nhận, bảng không còn',
      at,
    );
}

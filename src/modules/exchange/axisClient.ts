import { randomBytes, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { checkContentDigest, contentDigest, signRequest } from '#signing';
import type { Fault } from './tables.ts';

/** How an organisation signs its requests to the axis. */
export interface RequestSigner {
  readonly privateKey: KeyObject;
  readonly keyId: string;
}

/** The axis answered, and its answer is a refusal of just this request (4xx with a code). */
export class AxisRefused extends Error {
  readonly status: number;
  readonly fault: Fault;
  constructor(status: number, fault: Fault) {
    super(`the axis refused (${status}): ${fault.code}`);
    this.name = 'AxisRefused';
    this.status = status;
    this.fault = fault;
  }
}

/** No answer, a broken one, or a failure on the other side: what became of the request is not known. */
export class AxisUncertain extends Error {
  readonly fault: Fault;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(`${code}: ${message}`, options);
    this.name = 'AxisUncertain';
    this.fault = { code, message };
  }
}

/** The downloaded bytes are not those that the axis's receipt speaks of (S1.7). */
export class PackageDamaged extends Error {
  constructor() {
    super('the bytes do not match their digest');
    this.name = 'PackageDamaged';
  }
}

const moment = z.iso.datetime({ offset: true });
const acceptance = z.object({
  receipt: z.string().min(1).max(16_384),
  envelope: z.string().regex(/^[0-9a-f]{64}$/),
  logIndex: z.number().int().nonnegative(),
  counter: z.number().int().positive(),
  acceptedAt: moment,
  recipients: z.array(z.object({ code: z.string(), orgName: z.string() })).max(20_000),
});
export type Acceptance = z.infer<typeof acceptance>;

const forwardNote = z.object({
  code: z.string().max(200),
  name: z.string().max(1_000),
  basis: z.string().max(200),
  on: z.string().max(10),
  toCode: z.string().max(200),
  toName: z.string().max(1_000),
});
/** Why a letter reaches a body whose code it does not bear (directory-1 §7). */
export type ForwardNote = z.infer<typeof forwardNote>;

const inboxItem = z.object({
  id: z.string().min(1).max(200),
  envelope: z.string().regex(/^[0-9a-f]{64}$/),
  /** SHA-256 of the package; another than the envelope when that goes to a part of the package's recipients only. */
  contentHash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  messageType: z.enum(['edoc', 'status']),
  from: z.string().max(200),
  to: z.union([z.string(), z.array(z.string())]).optional(),
  documentId: z.string().max(2_000).nullable().optional(),
  urgency: z.number().int().min(0).max(9),
  size: z.number().int().nonnegative(),
  acceptedAt: moment,
  logIndex: z.number().int().nonnegative().nullable().optional(),
  receipt: z.string().max(16_384),
  forwarded: forwardNote.optional(),
});
export type InboxItem = z.infer<typeof inboxItem>;
const inboxPage = z.object({ items: z.array(inboxItem).max(1_000), next: z.string().nullish() });

const deliveryItem = z.object({
  envelope: z.string(),
  recipientCode: z.string().max(200),
  recipientName: z.string().max(1_000).nullish(),
  state: z.string().max(50),
  at: moment,
  forwarded: forwardNote.optional(),
});
export type DeliveryItem = z.infer<typeof deliveryItem>;
const deliveryPage = z.object({ items: z.array(deliveryItem).max(5_000), next: z.string().nullish() });

const axisKey = z.object({
  jwk: z.record(z.string(), z.unknown()),
  kid: z.string().min(1).max(200),
  logKey: z.string().min(1).max(1_000),
  origin: z.string().min(1).max(500),
});
export type AxisKey = z.infer<typeof axisKey>;

const problem = z.object({
  code: z.string().max(200).optional(),
  title: z.string().max(1_000).optional(),
  detail: z.string().max(4_000).optional(),
  next: z.string().max(1_000).optional(),
});

/** An agency's HTTP client for the wire protocol axis-1: bounded in time and size, follows no redirect. */
export interface AxisClient {
  key(): Promise<AxisKey>;
  send(
    signer: RequestSigner,
    message: {
      readonly bytes: Uint8Array;
      readonly messageType: 'edoc' | 'status';
      readonly fromCode: string;
      readonly idempotencyKey: string;
    },
  ): Promise<Acceptance>;
  inbox(signer: RequestSigner, after: string, limit: number): Promise<z.infer<typeof inboxPage>>;
  /** @throws PackageDamaged when the bytes do not match the Content-Digest. */
  download(signer: RequestSigner, id: string): Promise<Buffer>;
  acknowledge(
    signer: RequestSigner,
    id: string,
    result: { readonly result: 'stored' | 'refused'; readonly reason?: string },
  ): Promise<void>;
  deliveries(signer: RequestSigner, after: string, limit: number): Promise<z.infer<typeof deliveryPage>>;
  /** The proof of a receipt's inclusion in the log, or null while it is not there yet. */
  proof(signer: RequestSigner, envelope: string): Promise<unknown>;
}

interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly signer?: RequestSigner;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

const jsonLimit = 8 * 1_048_576;
const shortMs = 20_000;
const longMs = 120_000;

async function readLimited(response: Response, maxBytes: number): Promise<Buffer> {
  const announced = Number(response.headers.get('content-length') ?? '0');
  if (announced > maxBytes) {
    await response.body?.cancel();
    throw new AxisUncertain('answer-too-large', 'Trục trả lời dài quá giới hạn.');
  }
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    // Leaving the loop cancels the stream.
    if (size > maxBytes) throw new AxisUncertain('answer-too-large', 'Trục trả lời dài quá giới hạn.');
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function refusalOf(status: number, bytes: Buffer): Error {
  let given: z.infer<typeof problem> = {};
  try {
    given = problem.parse(JSON.parse(bytes.toString('utf8')));
  } catch {
    // Not the axis speaking (a proxy, a wrong address): nothing is known of the request.
    return new AxisUncertain('no-axis-answer', `Nơi trả lời không phải là trục (HTTP ${status}).`);
  }
  const fault: Fault = {
    code: given.code ?? `http-${status}`,
    message: given.title ?? given.detail ?? `HTTP ${status}`,
    ...(given.next === undefined ? {} : { next: given.next }),
  };
  // Too early, too many, a clash with a request under way, a signature whose time ran out: worth a repeat.
  const passing = status === 408 || status === 425 || status === 429 || status >= 500;
  if (passing || given.code === undefined) return new AxisUncertain(fault.code, fault.message);
  return new AxisRefused(status, fault);
}

async function call(
  base: string,
  now: () => Date,
  request: Call,
): Promise<{ response: Response; bytes: Buffer }> {
  const url = `${base}${request.path}`;
  const headers: Record<string, string> = {
    accept: 'application/json, application/problem+json',
    'accept-language': 'vi',
    ...request.headers,
    ...(request.body ? { 'content-digest': contentDigest(request.body) } : {}),
  };
  const signed = request.signer
    ? signRequest({
        method: request.method,
        url,
        headers,
        privateKey: request.signer.privateKey,
        keyId: request.signer.keyId,
        created: Math.floor(now().getTime() / 1000),
        nonce: randomBytes(16).toString('base64url'),
      })
    : {};
  let response: Response;
  let bytes: Buffer;
  try {
    response = await fetch(url, {
      method: request.method,
      headers: { ...headers, ...signed },
      redirect: 'manual',
      signal: AbortSignal.timeout(request.timeoutMs),
      ...(request.body ? { body: new Uint8Array(request.body) } : {}),
    });
    bytes = await readLimited(response, request.maxBytes);
  } catch (error) {
    if (error instanceof AxisUncertain) throw error;
    const cause = (error as { cause?: { code?: string } }).cause?.code ?? (error as Error).name;
    throw new AxisUncertain('axis-unreachable', `Không nối được tới trục liên thông (${cause}).`, {
      cause: error,
    });
  }
  if (response.status >= 200 && response.status < 300) return { response, bytes };
  if (response.status >= 300 && response.status < 400) {
    throw new AxisUncertain('redirected', `Trục chuyển hướng yêu cầu (HTTP ${response.status}).`);
  }
  throw refusalOf(response.status, bytes);
}

function parsed<T>(schema: z.ZodType<T>, bytes: Buffer): T {
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    throw new AxisUncertain('answer-unreadable', 'Trả lời của trục không đọc được.', { cause: error });
  }
}

/**
 * @param base address of the axis, without a slash at the end
 * @param maxPackageBytes the largest package that is downloaded
 */
export function axisClient(base: string, maxPackageBytes: number, now: () => Date): AxisClient {
  const json = async <T>(schema: z.ZodType<T>, request: Omit<Call, 'maxBytes'>): Promise<T> =>
    parsed(schema, (await call(base, now, { ...request, maxBytes: jsonLimit })).bytes);
  const get = (path: string, signer: RequestSigner): Omit<Call, 'maxBytes'> => ({
    method: 'GET',
    path,
    signer,
    timeoutMs: shortMs,
  });
  return {
    key: () => json(axisKey, { method: 'GET', path: '/axis/v1/key', timeoutMs: shortMs }),
    send: (signer, message) =>
      json(acceptance, {
        method: 'POST',
        path: '/axis/v1/packages',
        signer,
        headers: {
          'content-type': 'application/edxml+xml',
          'idempotency-key': message.idempotencyKey,
          'phigiay-message-type': message.messageType,
          'phigiay-from': message.fromCode,
        },
        body: message.bytes,
        timeoutMs: longMs,
      }),
    inbox: (signer, after, limit) =>
      json(inboxPage, get(`/axis/v1/inbox?after=${encodeURIComponent(after)}&limit=${limit}`, signer)),
    async download(signer, id) {
      const { response, bytes } = await call(base, now, {
        ...get(`/axis/v1/inbox/${encodeURIComponent(id)}/package`, signer),
        timeoutMs: longMs,
        maxBytes: maxPackageBytes,
      });
      if (!checkContentDigest(response.headers.get('content-digest') ?? undefined, bytes))
        throw new PackageDamaged();
      return bytes;
    },
    async acknowledge(signer, id, result) {
      await call(base, now, {
        method: 'POST',
        path: `/axis/v1/inbox/${encodeURIComponent(id)}/ack`,
        signer,
        headers: { 'content-type': 'application/json' },
        body: Buffer.from(JSON.stringify(result)),
        timeoutMs: shortMs,
        maxBytes: jsonLimit,
      });
    },
    deliveries: (signer, after, limit) =>
      json(
        deliveryPage,
        get(`/axis/v1/deliveries?after=${encodeURIComponent(after)}&limit=${limit}`, signer),
      ),
    async proof(signer, envelope) {
      try {
        return await json(z.unknown(), get(`/axis/v1/receipts/${envelope}/proof`, signer));
      } catch (error) {
        if (error instanceof AxisRefused && error.status === 404) return null;
        if (error instanceof AxisUncertain && error.fault.code.endsWith('proof-pending')) return null;
        throw error;
      }
    },
  };
}

import { createHash } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { dirname } from 'node:path';
import {
  cosignLine,
  decideCosign,
  newWitnessedLog,
  openCheckpoint,
  parseVerifierKey,
  type NoteSigner,
  type WitnessState,
} from '#ledger';

/** The body of `add-checkpoint` has at most 63 hashes and a checkpoint of a few signatures. */
const largestBody = 65_536;

/** A witness that answers requests. */
export interface WitnessServer {
  readonly port: number;
  /** What it has cosigned last; 0 before the first. */
  readonly size: () => number;
  close(): Promise<void>;
}

/**
 * Writes a file so that after a loss of power it holds either all of the old text or all of the new: the bytes are
 * synced before the name moves, and the folder after it.
 */
async function writeAtomically(path: string, text: string): Promise<void> {
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/**
 * What the witness remembers, from its file: the checkpoint that it cosigned last, verified again with the log's key
 * and its own. A file that is there but does not verify stops the witness: one that forgets would cosign a fork.
 */
async function readMemory(path: string, logKey: string, signer: NoteSigner): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const { cosignatures } = openCheckpoint(text, [parseVerifierKey(logKey)], [signer]);
  if (cosignatures.length === 0) throw new Error('không có chữ ký của chính bên chứng kiến này');
  return text;
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > largestBody) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

function send(reply: ServerResponse, { status, body, type }: WitnessAnswer): void {
  reply.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
}

/** Where a witness shows what it cosigned last: the log is named by the SHA-256 of its origin. */
export function shownCheckpointPath(origin: string): string {
  return `/checkpoint/${createHash('sha256').update(origin).digest('hex')}`;
}

/** An answer of the witness. */
export interface WitnessAnswer {
  readonly status: number;
  readonly body: string;
  readonly type: string;
}

const says = (status: number, body: string, type = 'text/plain; charset=utf-8'): WitnessAnswer => ({
  status,
  body,
  type,
});

/** A witness without its network. */
export interface Witness {
  readonly size: () => number;
  /** Answers one request; requests take turns. */
  answer(method: string, path: string, body: () => Promise<string | undefined>): Promise<WitnessAnswer>;
}

interface WitnessOptions {
  readonly logKey: string;
  readonly signer: NoteSigner;
  /** File of the checkpoint that was cosigned last. */
  readonly memory: string;
  readonly now: () => Date;
}

/**
 * Opens the witness of one log: `POST /add-checkpoint` (C2SP tlog-witness), and the checkpoint that it cosigned last
 * under `shownCheckpointPath`. One request at a time: the decision, the new memory on stable storage, then the
 * signature.
 * @throws Error when the memory does not verify
 */
export async function openWitness(options: WitnessOptions): Promise<Witness> {
  const { logKey, signer, memory } = options;
  const verifier = parseVerifierKey(logKey);
  const origin = verifier.name;
  let held = await readMemory(memory, logKey, signer);
  const state = (): WitnessState => {
    if (held === undefined) return { logs: [newWitnessedLog(origin, [verifier])] };
    const { size, root } = openCheckpoint(held, [verifier]);
    return { logs: [{ origin, keys: [verifier], size, root }] };
  };

  async function addCheckpoint(body: string): Promise<WitnessAnswer> {
    const decision = decideCosign(state(), body);
    if (!('cosign' in decision)) {
      if (decision.status === 409) return says(409, `${decision.size}\n`, 'text/x.tlog.size');
      return says(decision.status, `${decision.reason}\n`);
    }
    const line = cosignLine(decision.cosign, signer, Math.floor(options.now().getTime() / 1_000));
    const own = body.slice(body.indexOf('\n\n') + 2);
    const signatures = own.slice(own.lastIndexOf('\n\n') + 2).split(/(?<=\n)/);
    // Of the log's own line only: what others have signed is theirs to show.
    const kept = signatures.filter((one) => one.startsWith(`— ${origin} `)).join('');
    const next = `${decision.cosign.text}\n${kept}${line}`;
    await writeAtomically(memory, next);
    held = next;
    return says(200, line);
  }

  let turn: Promise<unknown> = Promise.resolve();
  return {
    size: () => state().logs[0]?.size ?? 0,
    async answer(method, path, body) {
      if (method === 'GET' && path === shownCheckpointPath(origin))
        return held === undefined ? says(404, 'nothing cosigned yet\n') : says(200, held);
      if (method !== 'POST' || path !== '/add-checkpoint') return says(404, 'not found\n');
      const text = await body();
      if (text === undefined) return says(413, 'too large\n');
      const mine = turn.then(() => addCheckpoint(text));
      turn = mine.catch(() => undefined);
      return await mine;
    },
  };
}

/** Serves a witness over HTTP. @throws Error when its memory does not verify */
export async function startWitness(
  options: WitnessOptions & { readonly host: string; readonly port: number },
): Promise<WitnessServer> {
  const witness = await openWitness(options);
  async function handle(request: IncomingMessage, reply: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    send(reply, await witness.answer(method, url, () => bodyOf(request)));
  }
  const server = createServer((request, reply) => {
    handle(request, reply).catch((error: unknown) => {
      if (!reply.headersSent) send(reply, says(500, `${(error as Error).message}\n`));
      else reply.destroy();
    });
  });
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const bound = server.address();
  return {
    port: bound !== null && typeof bound === 'object' ? bound.port : options.port,
    size: witness.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

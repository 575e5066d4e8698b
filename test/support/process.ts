import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** A free port of this machine. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** The real command in a process of its own. */
export interface RunningPhigiay {
  readonly url: string;
  readonly dataDir: string;
  readonly output: () => string;
  /** Ctrl-C, and waits for the end. */
  stop(): Promise<number>;
  /** kill -9. */
  kill(): Promise<void>;
}

/**
 * Starts `phigiay start ROLE --sample` and waits until it says that it is ready.
 * @param options.dataDir a folder that is kept; without it a fresh one that `remove` deletes
 */
export async function startPhigiay(
  options: {
    readonly role?: string;
    readonly dataDir?: string;
    readonly port?: number;
    readonly environment?: Readonly<Record<string, string>>;
  } = {},
): Promise<RunningPhigiay> {
  const port = options.port ?? (await freePort());
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'phigiay-run-')));
  const child = spawn(process.execPath, [main, 'start', options.role ?? 'all', '--sample'], {
    env: {
      ...process.env,
      PHIGIAY_DATA: dataDir,
      PHIGIAY_PORT: String(port),
      PHIGIAY_POLL_MS: '200',
      PHIGIAY_UNDO_SECONDS: '3',
      PHIGIAY_LOG: 'error',
      DATABASE_URL: '',
      ...options.environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready within two minutes:\n${output}`)), 120_000);
    child.stdout.on('data', () => {
      if (!output.includes('sẵn sàng')) return;
      clearTimeout(timer);
      resolve();
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`ended with ${code} before it was ready:\n${output}`));
    });
  });
  return {
    url: `http://localhost:${port}`,
    dataDir,
    output: () => output,
    async stop() {
      child.kill('SIGINT');
      return await ended(child);
    },
    async kill() {
      child.kill('SIGKILL');
      await ended(child);
    },
  };
}

function ended(child: ChildProcess): Promise<number> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode ?? -1);
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? -1)));
}

/** Deletes a data folder that a test made. */
export const removeData = (dataDir: string): Promise<void> => rm(dataDir, { recursive: true, force: true });

import { join } from 'node:path';
import type { Context } from '#kernel';
import { createAcceptor, type Acceptor } from './accept.ts';
import { createCommitter, type Committer } from './committer.ts';
import { openLogWriter, type LogWriter } from './logWriter.ts';
import { openNotary, type Notary } from './notary.ts';
import { openPacks, type Packs } from './packs.ts';
import { createCodeBook, type CodeBook } from './resolve.ts';

/** What the axis of one process consists of. */
export interface AxisService {
  readonly notary: Notary;
  readonly packs: Packs;
  readonly codes: CodeBook;
  readonly committer: Committer;
  readonly acceptor: Acceptor;
  readonly log: LogWriter;
}

const services = new WeakMap<Context, Promise<AxisService>>();

/** The axis of this context; its keys and its log are opened at the first call. */
export function axisService(ctx: Context): Promise<AxisService> {
  let service = services.get(ctx);
  if (!service) {
    service = openService(ctx);
    services.set(ctx, service);
  }
  return service;
}

async function openService(ctx: Context): Promise<AxisService> {
  const notary = await openNotary(ctx);
  const log = await openLogWriter(ctx, notary);
  const packs = await openPacks(join(ctx.config.dataDir, 'axis', 'packs'));
  const codes = createCodeBook(ctx);
  const committer = createCommitter(ctx, notary, packs, { committed: () => log.wake() });
  return { notary, packs, codes, committer, acceptor: createAcceptor(committer, codes), log };
}

import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { finding, type Context, type Finding } from '#kernel';
import { checkEnvelopes } from './checkEnvelopes.ts';
import { checkLog } from './checkLog.ts';
import { headOf } from './checkStore.ts';
import { openNotary } from './notary.ts';
import { openPacks } from './packs.ts';

const keyFiles = {
  'receipt-key.pem': 'khóa ký biên nhận',
  'log-key.pem': 'khóa sổ nhật ký',
  'log-origin': 'tên sổ nhật ký',
};

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * Is any byte of the axis missing, changed or extra since the beginning? Reads the log, the packs and all rows, and
 * writes nothing; can run beside the axis.
 */
export async function* checkIntegrity(ctx: Context): AsyncGenerator<Finding> {
  const head = await headOf(ctx);
  if (!head) {
    yield finding('missing', 'dòng đầu sổ của trục (axis.head)', 'trục không cấp được số tiếp theo');
    return;
  }
  const folder = join(ctx.config.dataDir, 'axis');
  let complete = true;
  for (const [file, name] of Object.entries(keyFiles)) {
    if (await isThere(join(folder, file))) continue;
    complete = false;
    if (head.nextIndex > 0)
      yield finding('missing', `${name} (${join(folder, file)})`, 'không kiểm được biên nhận và sổ');
  }
  // An axis that never started has nothing yet; without its keys nothing can be judged, and none are made here.
  if (!complete) return;
  const notary = await openNotary(ctx);
  const check = { ctx, logSigner: notary.checkpointSigner, nextIndex: head.nextIndex };
  yield* checkLog(check);
  const packs = await openPacks(join(folder, 'packs'));
  yield* checkEnvelopes({ ...check, packs, receiptKey: notary.receiptKey, counters: head.counters });
  yield finding('note', 'trục', `${head.nextIndex} dòng nhật ký, ${head.counters.length} cơ quan gửi`);
}

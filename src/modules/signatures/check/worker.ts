/**
 * The thread in which files of strangers are opened: one that loops or eats memory takes this thread with it and
 * nothing else. It keeps nothing, writes nothing and asks nobody.
 */
import { parentPort } from 'node:worker_threads';
import { ProblemError } from '#formats/pdf';
import { readCertificate, readCrl } from '#formats/x509';
import { problemOf, verifyFile } from '#signing';
import { answerOf } from './view.ts';
import type { CheckReply, CheckTask } from './task.ts';

async function check(task: CheckTask): Promise<CheckReply> {
  try {
    const checked = await verifyFile(task.bytes, {
      anchors: task.anchors.map((der) => ({ certificate: readCertificate(der) })),
      now: new Date(task.now),
      evidence: { crls: task.crls.map((der) => readCrl(der)) },
    });
    return { answer: answerOf(checked) };
  } catch (error) {
    if (error instanceof ProblemError) return { problem: problemOf(error) };
    return { failed: (error as Error).name };
  }
}

parentPort?.on('message', (task: CheckTask) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
  void check(task).then((reply) => parentPort?.postMessage(reply));
});

import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { AgentWorld } from './agentKey.ts';

/** Answers from the terminal; what is secret is not shown. Without a terminal one line of the standard input each. */
export function terminalWorld(): AgentWorld & { close(): void } {
  const { isTTY } = process.stdin;
  let hidden = false;
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!hidden) process.stderr.write(chunk);
      done();
    },
  });
  const lines = createInterface({ input: process.stdin, output, terminal: isTTY });
  const piped = isTTY ? undefined : lines[Symbol.asyncIterator]();
  const answer = async (question: string, secret: boolean): Promise<string> => {
    process.stderr.write(question);
    if (piped) return ((await piped.next()).value as string | undefined) ?? '';
    hidden = secret;
    try {
      return await lines.question('');
    } finally {
      hidden = false;
      if (secret) process.stderr.write('\n');
    }
  };
  return {
    fetch: globalThis.fetch,
    say: (line) => console.log(line),
    complain: (line) => console.error(line),
    ask: (question) => answer(question, false),
    askSecret: (question) => answer(question, true),
    close: () => lines.close(),
  };
}

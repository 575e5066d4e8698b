import type { Random } from './random.ts';
import type { Message, World } from './world.ts';

export const about = ({ from, to, method, path }: Message): string => `${from} → ${to} ${method} ${path}`;

/** What the network does with one of the requests on their way. */
export async function pass(world: World, random: Random, late: Message[]): Promise<void> {
  const [message] = world.pending.splice(random.below(world.pending.length), 1);
  const fate = random.pick(['good', 'good', 'good', 'good', 'lost', 'answer-lost', 'twice', 'late'] as const);
  const fail = async (code: string): Promise<void> => {
    world.note(`${fate}: ${about(message!)} → ${code}`);
    if (message!.life.alive) await world.resume(() => message!.fail(code));
  };
  if (fate === 'lost') return await fail('ECONNREFUSED');
  if (fate === 'late') {
    late.push(message!);
    return await fail('ETIMEDOUT');
  }
  let answer = await world.serve(message!);
  if (fate === 'twice') answer = (await world.serve(message!)) ?? answer;
  if (answer === null || fate === 'answer-lost') return await fail('ECONNRESET');
  world.note(`${fate}: ${about(message!)} → ${answer.status}`);
  await deliver(world, message!, answer);
}

async function deliver(
  world: World,
  message: Message,
  { status, headers, body }: { status: number; headers: Record<string, string>; body: Buffer },
): Promise<void> {
  if (!message.life.alive) return;
  await world.resume(() => message.answer(new Response(new Uint8Array(body), { status, headers })));
}

/** Answers every request on its way, without faults. */
export async function drain(world: World): Promise<void> {
  for (let count = 0; world.pending.length > 0; count += 1) {
    if (count > 5_000) throw new Error('the network never comes to rest');
    const message = world.pending.shift()!;
    const answer = await world.serve(message);
    if (answer) await deliver(world, message, answer);
    else await world.resume(() => message.fail('ECONNRESET'));
  }
}

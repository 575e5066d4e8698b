import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Context } from '#kernel';
import { letters, type SampleLetter } from './letters.ts';
import { samplePassword, samplePin } from './secrets.ts';

/** One invented person, acting through the same interface as the pages. */
interface Seat {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: unknown): Promise<T>;
}

interface DocumentView {
  readonly id: string;
  readonly state: string;
  readonly notation: string | null;
}

async function takeSeat(app: FastifyInstance, username: string): Promise<Seat> {
  const headers = { 'x-phigiay': '1' };
  const signedIn = await app.inject({
    method: 'POST',
    url: '/api/session',
    headers,
    payload: { username, password: samplePassword },
  });
  if (signedIn.statusCode !== 200) throw new Error(`sample account ${username}: ${signedIn.body}`);
  const cookies = Object.fromEntries(signedIn.cookies.map((cookie) => [cookie.name, cookie.value]));
  const read = <T>(what: string, response: { statusCode: number; body: string; json(): unknown }): T => {
    if (response.statusCode !== 200)
      throw new Error(`sample: ${what}: ${response.statusCode} ${response.body}`);
    return response.json() as T;
  };
  return {
    get: async (path) => read(path, await app.inject({ method: 'GET', url: path, cookies })),
    post: async (path, body) =>
      read(
        path,
        await app.inject({
          method: 'POST',
          url: path,
          cookies,
          headers: { ...headers, 'idempotency-key': randomUUID() },
          payload: body as object,
        }),
      ),
  };
}

/**
 * Plays a working week of the invented people through the real interface, so that a newcomer finds letters in every
 * state: drafts, letters to sign, signed letters on their way, registered and assigned ones. Runs once: an
 * installation that has a document already is left as it is.
 */
export async function playSample(app: FastifyInstance, ctx: Context): Promise<void> {
  const seats = new Map<string, Promise<Seat>>();
  const seat = (username: string): Promise<Seat> => {
    const known = seats.get(username) ?? takeSeat(app, username);
    seats.set(username, known);
    return known;
  };
  const clerk = await seat('vanthu.vpcp');
  const before = await clerk.get<{ items: unknown[] }>('/api/documents/outgoing?limit=1');
  if (before.items.length > 0) return;
  for (const letter of letters) await writeLetter(seat, letter);
  await takeIn(seat, ctx);
}

async function writeLetter(seat: (username: string) => Promise<Seat>, letter: SampleLetter): Promise<void> {
  const specialist = await seat(`chuyenvien.${letter.from}`);
  const signers = await specialist.get<{ items: { id: string; username: string }[] }>(
    '/api/people?role=leader',
  );
  const signer =
    signers.items.find((person) => person.username === `lanhdao.${letter.from}`) ?? signers.items[0];
  const recipients: string[] = [];
  for (const code of letter.to) {
    const found = await specialist.get<{ items: { id: string; code102: string }[] }>(
      `/api/organisations?limit=5&text=${encodeURIComponent(code)}`,
    );
    const match = found.items.find((organisation) => organisation.code102 === code);
    if (match) recipients.push(match.id);
  }
  const draft = await specialist.post<DocumentView>('/api/documents/outgoing', {
    typeCode: letter.typeCode,
    abstract: letter.abstract,
    recipients,
    urgency: letter.urgency,
    dueDate: letter.dueDate ?? null,
    body: letter.body.join('\n'),
    signerId: signer?.id,
    capacity: letter.capacity,
    ...(letter.signerPost === undefined ? {} : { signerPost: letter.signerPost }),
  });
  const path = `/api/documents/outgoing/${draft.id}`;
  const steps = ['draft', 'submitted', 'approved', 'signed', 'sent'] as const;
  const goal = steps.indexOf(letter.until);
  if (goal >= 1) await specialist.post(`${path}/submit`, { note: 'Kính trình lãnh đạo đơn vị xem xét.' });
  if (goal >= 2)
    await (
      await seat(`truongphong.${letter.from}`)
    ).post(`${path}/approve`, { opinion: 'Đồng ý, trình lãnh đạo ký.' });
  if (goal >= 3) await (await seat(`lanhdao.${letter.from}`)).post(`${path}/sign`, { pin: samplePin });
  if (goal >= 4) {
    const clerk = await seat(`vanthu.${letter.from}`);
    await clerk.post(`${path}/number`, {});
    await clerk.post(`${path}/seal`, { pin: samplePin });
    await clerk.post(`${path}/issue`, { confirm: true });
    await clerk.post(`${path}/send-now`, {});
  }
}

/** The clerk of the Government Office registers what came first, the leader directs, the specialist accepts. */
async function takeIn(seat: (username: string) => Promise<Seat>, ctx: Context): Promise<void> {
  const clerk = await seat('vanthu.vpcp');
  const expected = letters.filter(
    (letter) => letter.until === 'sent' && letter.to.includes('000.00.00.G22'),
  ).length;
  let arrived: { id: string }[] = [];
  for (let round = 0; round < 100 && arrived.length < expected; round += 1) {
    arrived = (
      await clerk.get<{ items: { id: string }[] }>(
        '/api/documents/incoming?state=arrived&order=oldest&limit=50',
      )
    ).items;
    if (arrived.length < expected) await pause(Math.min(ctx.config.pollMs, 200));
  }
  // One stays at the desk, so that the newcomer can register it.
  for (const [index, document] of arrived.slice(0, -1).entries()) {
    await clerk.post(`/api/documents/incoming/${document.id}/register`, {});
    if (index > 0) continue;
    const leader = await seat('lanhdao.vpcp');
    const people = await leader.get<{ items: { id: string; username: string }[] }>('/api/people');
    const specialist = people.items.find((person) => person.username === 'chuyenvien.vpcp');
    const head = people.items.find((person) => person.username === 'truongphong.vpcp');
    if (!specialist || !head) continue;
    await leader.post(`/api/work/incoming/${document.id}/direct`, {
      text: 'Giao chuyên viên theo dõi tổng hợp, lãnh đạo Vụ cho ý kiến trước khi trình.',
      lead: { kind: 'person', id: specialist.id },
      coordinators: [],
      inform: [{ kind: 'person', id: head.id }],
      due: new Date(ctx.clock.now().getTime() + 5 * 86_400_000).toISOString().slice(0, 10),
    });
    const mine = await (
      await seat('chuyenvien.vpcp')
    ).get<{ items: { assignment: { id: string } | null }[] }>('/api/work/mine?list=pending');
    const assignment = mine.items.find((item) => item.assignment)?.assignment;
    if (assignment)
      await (await seat('chuyenvien.vpcp')).post(`/api/work/assignments/${assignment.id}/accept`, {});
  }
}

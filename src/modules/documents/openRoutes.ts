import type { FastifyInstance } from 'fastify';
import { receptionAge, type ReceptionStage } from '#calendar';
import { openDeliveries } from '#exchange';
import { query, type Context, type Unit } from '#kernel';
import { openAnswer, type OpenAnswer } from './contract.ts';
import { requireRole } from './policy.ts';
import { arrivedDocuments } from './store.ts';

const mostLines = 500;
const severity: readonly ReceptionStage[] = ['watch', 'late', 'duty', 'open'];

const ageAt = (unit: Unit, urgency: number, since: Date): OpenAnswer['sending'][number]['age'] => ({
  ...receptionAge(urgency, since.getTime(), unit.now.getTime()),
  since: since.toISOString(),
});

/** The worst first, then the longest open: old debts never drop off the screen (lesson L9). */
const byNeed = (
  one: Pick<OpenAnswer['sending'][number], 'age'>,
  other: Pick<OpenAnswer['sending'][number], 'age'>,
): number =>
  severity.indexOf(one.age.stage) - severity.indexOf(other.age.stage) ||
  (one.age.since < other.age.since ? -1 : 1);

async function openOf(unit: Unit): Promise<OpenAnswer> {
  const sending = (await openDeliveries(unit, mostLines)).map((one) => ({
    documentId: /^outgoing:([0-9a-f-]{36})/.exec(one.ref ?? '')?.[1] ?? null,
    notation: one.notation,
    urgency: one.urgency,
    partyCode: one.recipientCode,
    partyName: one.recipientName,
    waitsFor: one.waitsFor,
    age: ageAt(unit, one.urgency, one.since),
  }));
  const receiving = (await arrivedDocuments(unit, mostLines)).map(({ id, facts, abstract, arrivedAt }) => ({
    documentId: id,
    notation: facts.notation,
    urgency: facts.urgency,
    partyCode: facts.issuerCode,
    partyName: facts.issuerName,
    abstract,
    age: ageAt(unit, facts.urgency, new Date(arrivedAt)),
  }));
  const stages = { open: 0, duty: 0, late: 0, watch: 0 };
  for (const { age } of [...sending, ...receiving]) stages[age.stage] += 1;
  return { sending: sending.sort(byNeed), receiving: receiving.sort(byNeed), stages };
}

/** The ageing list of the sender's clerk and the receiver's duty officer (S1.1, S1.6). */
export function openRoutes(app: FastifyInstance, ctx: Context): void {
  query(
    app,
    ctx,
    {
      url: '/api/documents/open',
      answer: openAnswer,
      summary: 'Văn bản đã gửi hoặc đã đến mà chưa có kết quả, kèm thời hạn',
    },
    async (unit) => {
      requireRole(unit.actor, 'clerk', 'leader', 'admin');
      return await openOf(unit);
    },
  );
}

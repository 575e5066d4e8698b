import {
  receiptNoticeBy,
  registerBy,
  remaining,
  remainingPhrase,
  sendBy,
  submitBy,
  vietnamCalendar,
  type LegalDeadline,
  type Urgency,
} from '#calendar';
import type { Timer } from './contract.ts';
import type { Incoming } from './incoming.ts';
import type { Outgoing } from './outgoing.ts';

const urgencyNames: readonly Urgency[] = ['normal', 'urgent', 'very-urgent', 'express', 'express'];
/** "At once" has no figure in the law; half an hour here. */
const atOnce = { immediateMinutes: 30 };

function timer(kind: Timer['kind'], deadline: LegalDeadline, doneAt: string | null, now: Date): Timer {
  const measured = doneAt === null ? now.getTime() : Date.parse(doneAt);
  const late = measured > deadline.latest;
  return {
    kind,
    due: new Date(deadline.latest).toISOString(),
    doneAt,
    late,
    phrase:
      doneAt === null
        ? remainingPhrase(remaining(vietnamCalendar, now.getTime(), deadline.latest), 'vi')
        : late
          ? 'Đã làm, quá hạn'
          : 'Đã làm, đúng hạn',
    source: deadline.source,
  };
}

/** Signed → sent (Decision 28/2018 Art. 6.2). */
export function outgoingTimers(doc: Outgoing, now: Date): Timer[] {
  if (doc.signedAt === null || doc.state === 'void') return [];
  const urgency = urgencyNames[doc.content.urgency] ?? 'normal';
  const signed = Date.parse(doc.signedAt);
  return [timer('send', sendBy(vietnamCalendar, signed, urgency, atOnce), doc.sentAt, now)];
}

/** Arrived → receipt notice and register; registered → submitted to the leader. */
export function incomingTimers(doc: Incoming, now: Date): Timer[] {
  const urgency = urgencyNames[doc.facts.urgency] ?? 'normal';
  const arrived = Date.parse(doc.arrivedAt);
  const answered = doc.registeredAt ?? doc.refusal?.at ?? null;
  if (answered === null && doc.state === 'recalled-by-sender') return [];
  const timers = [
    timer('receipt', receiptNoticeBy(vietnamCalendar, arrived), answered, now),
    timer('register', registerBy(vietnamCalendar, arrived, urgency, atOnce), answered, now),
  ];
  if (doc.registeredAt !== null && (doc.forwardedAt !== null || doc.state === 'registered')) {
    const registered = Date.parse(doc.registeredAt);
    timers.push(
      timer('forward', submitBy(vietnamCalendar, registered, urgency, atOnce), doc.forwardedAt, now),
    );
  }
  return timers;
}

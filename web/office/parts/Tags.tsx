import {
  IconAlertOctagon,
  IconBolt,
  IconCircleCheck,
  IconClockExclamation,
  IconFileOff,
  IconHelpCircle,
  IconHourglass,
  IconShieldOff,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { IncomingState, OutgoingState, SignatureSummary } from '#contracts/documents';
import { formatDateTime } from '../../ui/format.ts';
import { useLanguage, useTexts } from '../../ui/language.tsx';
import { Tag, type Tone } from '../../ui/Tag.tsx';

const outgoingTones: Readonly<Record<OutgoingState, Tone>> = {
  drafting: 'neutral',
  'in-review': 'active',
  returned: 'soon',
  approved: 'active',
  'leader-signed': 'active',
  numbered: 'active',
  sealed: 'active',
  issued: 'soon',
  dispatched: 'active',
  acknowledged: 'good',
  recalling: 'soon',
  recalled: 'neutral',
  void: 'neutral',
};
const incomingTones: Readonly<Record<IncomingState, Tone>> = {
  arrived: 'soon',
  registered: 'active',
  'awaiting-direction': 'active',
  assigned: 'active',
  'in-work': 'active',
  closed: 'good',
  refused: 'neutral',
  'recall-requested': 'soon',
  'recalled-by-sender': 'neutral',
};

export function OutgoingTag({ state }: { readonly state: OutgoingState }): ReactNode {
  const { documents } = useTexts();
  return <Tag tone={outgoingTones[state]}>{documents.outgoingState[state]}</Tag>;
}

export function IncomingTag({ state }: { readonly state: IncomingState }): ReactNode {
  const { documents } = useTexts();
  return <Tag tone={incomingTones[state]}>{documents.incomingState[state]}</Tag>;
}

const verdicts = {
  valid: ['good', IconCircleCheck],
  indeterminate: ['soon', IconHelpCircle],
  invalid: ['bad', IconShieldOff],
  unsigned: ['neutral', IconFileOff],
  unreadable: ['bad', IconAlertOctagon],
} as const;

export function VerdictTag({ verdict }: { readonly verdict: SignatureSummary['verdict'] }): ReactNode {
  const { documents } = useTexts();
  const [tone, icon] = verdicts[verdict];
  return (
    <Tag tone={tone} icon={icon}>
      {documents.verdict[verdict]}
    </Tag>
  );
}

/** Nothing for ordinary documents: what is urgent must stand out. */
export function UrgencyTag({ urgency }: { readonly urgency: number }): ReactNode {
  const { documents } = useTexts();
  if (urgency === 0) return null;
  return (
    <Tag tone={urgency >= 2 ? 'bad' : 'soon'} icon={IconBolt}>
      {documents.urgency[urgency]}
    </Tag>
  );
}

/** A working day of the calendar has 7.5 hours. */
const minutesOfDay = 450;
function englishPhrase(minutes: number): string {
  const amount = Math.abs(minutes);
  const days = Math.floor(amount / minutesOfDay);
  const hours = Math.floor((amount % minutesOfDay) / 60);
  const rest = amount % 60;
  const words = [
    days > 0 ? `${days} d` : '',
    hours > 0 ? `${hours} h` : '',
    days === 0 && rest > 0 ? `${rest} min` : '',
  ]
    .filter(Boolean)
    .join(' ');
  return minutes >= 0
    ? `${words || 'under 1 min'} of working time left`
    : `overdue by ${words || 'under 1 min'}`;
}

/** "Còn 2 ngày 3 giờ làm việc", "Quá 1 ngày 2 giờ". */
export function TimeLeft({
  time,
}: {
  readonly time: { due: string | null; minutesLeft: number | null; late: boolean; phrase: string } | null;
}): ReactNode {
  const { work, documents } = useTexts();
  const { language } = useLanguage();
  if (!time) return documents.fields.none;
  if (time.due === null || time.minutesLeft === null) return <Tag>{work.time.none}</Tag>;
  const words = language === 'vi' ? time.phrase : englishPhrase(time.minutesLeft);
  const tone: Tone = time.late ? 'bad' : time.minutesLeft < minutesOfDay ? 'soon' : 'neutral';
  return (
    <span title={formatDateTime(time.due)}>
      <Tag tone={tone} icon={time.late ? IconClockExclamation : IconHourglass}>
        {words}
      </Tag>
    </span>
  );
}

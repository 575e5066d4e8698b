import { IconCircleCheck, IconClockExclamation, IconHourglass } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Timer } from '#contracts/documents';
import { formatDateTime } from '../../ui/format.ts';
import { useTexts } from '../../ui/language.tsx';
import { Tag } from '../../ui/Tag.tsx';
import { Facts } from './Facts.tsx';

/** The legal deadlines of a document, each with its clause. */
export function Timers({ timers }: { readonly timers: readonly Timer[] }): ReactNode {
  const { documents } = useTexts();
  if (timers.length === 0) return documents.fields.none;
  return (
    <Facts
      items={timers.map((timer) => [
        documents.timer[timer.kind],
        <span key={timer.kind} title={timer.source}>
          {timer.doneAt && !timer.late ? (
            <Tag tone="good" icon={IconCircleCheck}>
              {formatDateTime(timer.doneAt)}
            </Tag>
          ) : (
            <Tag tone={timer.late ? 'bad' : 'soon'} icon={timer.late ? IconClockExclamation : IconHourglass}>
              {timer.phrase}
            </Tag>
          )}{' '}
          <small>
            {formatDateTime(timer.due)} · {timer.source}
          </small>
        </span>,
      ])}
    />
  );
}

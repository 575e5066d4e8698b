import type { ReactNode } from 'react';
import type { z } from 'zod';
import type { workOfDocument } from '#contracts/work';
import { formatDateTime } from '../../ui/format.ts';
import { useTexts } from '../../ui/language.tsx';
import classes from './DirectionPanel.module.css';

/** Through whose hands a document went, how long each kept it in working time, and who has it now. */
export function CustodyTrail({
  branches,
}: {
  readonly branches: z.infer<typeof workOfDocument>['custody'];
}): ReactNode {
  const { work } = useTexts();
  return (
    <details>
      <summary>{work.assignment.custody}</summary>
      {branches.map((branch) => (
        <ul key={branch.branch} className={classes.trail}>
          {branch.intervals.map((interval) => (
            <li
              key={`${interval.holder.id}-${interval.since}`}
              data-open={interval.until === null || undefined}
            >
              {interval.holder.label}
              <span className={classes.when}>
                {formatDateTime(interval.since)} →{' '}
                {interval.until ? formatDateTime(interval.until) : work.assignment.now} ·{' '}
                {work.custody.hours(interval.minutes)}
              </span>
            </li>
          ))}
        </ul>
      ))}
    </details>
  );
}

import type { ReactNode } from 'react';
import type { z } from 'zod';
import type { historyLine } from '#contracts/documents';
import { formatDateTime } from '../../ui/format.ts';
import classes from './History.module.css';

type Line = z.infer<typeof historyLine>;

/** What happened, oldest first: when, who, what, and the place in the log where there is one. */
export function History({ lines }: { readonly lines: readonly Line[] }): ReactNode {
  return (
    <ol className={classes.history}>
      {lines.map((line) => (
        <li key={line.seq}>
          <time dateTime={line.at}>{formatDateTime(line.at)}</time>
          <p className={classes.text}>{line.text}</p>
          <p className={classes.who}>{line.post ? `${line.actor}, ${line.post}` : line.actor}</p>
        </li>
      ))}
    </ol>
  );
}

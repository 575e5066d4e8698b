import { IconCheck } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { OutgoingDetail, OutgoingState } from '#contracts/documents';
import { useTexts } from '../../ui/language.tsx';
import classes from './Journey.module.css';

const path: readonly OutgoingState[] = [
  'drafting',
  'in-review',
  'approved',
  'leader-signed',
  'numbered',
  'sealed',
  'dispatched',
  'acknowledged',
];

/** The stations of a document from draft to its receivers, and where it stands. */
export function Journey({ document }: { readonly document: OutgoingDetail }): ReactNode {
  const { documents } = useTexts();
  const alias: Partial<Record<OutgoingState, OutgoingState>> = {
    returned: 'drafting',
    issued: 'sealed',
    recalling: 'dispatched',
    recalled: 'dispatched',
    void: 'numbered',
  };
  const reached = path.indexOf(alias[document.state] ?? document.state);
  return (
    // What scrolls must be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <ol className={classes.journey} aria-label={documents.outgoing.journey} tabIndex={0}>
      {path.map((state, index) => (
        <li
          key={state}
          data-state={index < reached ? 'done' : index === reached ? 'now' : 'later'}
          aria-current={index === reached ? 'step' : undefined}
        >
          <span className={classes.dot}>
            {index < reached ? <IconCheck size={14} stroke={3} aria-hidden="true" /> : index + 1}
          </span>
          {index === reached ? documents.outgoingState[document.state] : documents.outgoing.stations[index]}
        </li>
      ))}
    </ol>
  );
}

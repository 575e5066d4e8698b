import { Alert, Button } from '@mantine/core';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { impactRowsAnswer, type DryRun } from '#contracts/directory';
import { ask } from '../../ui/api.ts';
import { formatDateTime } from '../../ui/format.ts';
import { useLanguage } from '../../ui/language.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { ProblemAlert } from '../../ui/ProblemAlert.tsx';
import classes from './directory.module.css';
import { Scroll } from './Scroll.tsx';
import { useDirectoryTexts } from './texts.ts';

const whole = (count: number): string => count.toLocaleString('vi-VN');

/** "Cái gì sẽ vỡ?": what stands against the decision, what it touches, and how bodies differ before and after. */
export function DryRunPanel({ id, result }: { readonly id: string; readonly result: DryRun }): ReactNode {
  const texts = useDirectoryTexts();
  const { language } = useLanguage();
  const { counts, findings, diff } = result;
  const errors = findings.filter((one) => one.severity === 'error').length;
  return (
    <div className={classes.stack} aria-live="polite">
      <Panel title={texts.dryRun}>
        <Alert
          variant="outline"
          color={errors > 0 ? 'seal' : 'leaf'}
          icon={errors > 0 ? <IconAlertTriangle /> : <IconCheck />}
          title={errors > 0 ? texts.broken(errors) : texts.sound}
        >
          {texts.counts(
            counts.ended,
            counts.created,
            counts.changed,
            whole(counts.before),
            whole(counts.after),
          )}
        </Alert>
        {findings.length > 0 ? (
          <ul className={classes.findings}>
            {findings.map((one, index) => (
              <li key={index}>
                {one.event === null ? '' : `${texts.event(one.event + 1)}: `}
                {one[language]}
              </li>
            ))}
          </ul>
        ) : null}
      </Panel>
      <Panel title={texts.impact}>
        <div className={classes.figures}>
          {result.impact.map((figure) => (
            <div key={figure.kind} className={classes.figure}>
              <strong>{whole(figure.count)}</strong>
              {figure[language]}
              <Rows id={id} kind={figure.kind} count={figure.count} label={figure[language]} />
            </div>
          ))}
        </div>
      </Panel>
      <Panel title={texts.diff}>
        <Scroll label={texts.diff}>
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">{texts.before}</th>
                <th scope="col">{texts.after}</th>
              </tr>
            </thead>
            <tbody>
              {diff.map((row, index) => (
                <tr key={index}>
                  <td>{row.before ? <Body body={row.before} /> : texts.newBody}</td>
                  <td>{row.after ? <Body body={row.after} /> : texts.endsTo(row.heir ?? '–')}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
        {diff.length < result.diffTotal ? <p>{texts.shown(diff.length, result.diffTotal)}</p> : null}
      </Panel>
    </div>
  );
}

function Body({ body }: { readonly body: NonNullable<DryRun['diff'][number]['before']> }): ReactNode {
  return (
    <>
      {body.name} <span className={classes.code}>{body.code}</span>
      {body.parent ? <div className={classes.code}>{body.parent}</div> : null}
    </>
  );
}

function Rows({
  id,
  kind,
  count,
  label,
}: {
  readonly id: string;
  readonly kind: string;
  readonly count: number;
  readonly label: string;
}): ReactNode {
  const texts = useDirectoryTexts();
  const [open, setOpen] = useState(false);
  const { data, error } = useQuery({
    queryKey: ['directory', 'impact', id, kind],
    enabled: open,
    queryFn: ({ signal }) => ask(`/api/directory/decisions/${id}/impact/${kind}`, impactRowsAnswer, signal),
  });
  if (count === 0) return null;
  return (
    <div>
      <Button
        variant="subtle"
        size="compact-sm"
        aria-expanded={open}
        aria-label={`${texts.show}: ${label}`}
        onClick={() => setOpen(!open)}
      >
        {texts.show}
      </Button>
      <ProblemAlert error={error} />
      {open && data ? (
        <ul className={classes.findings}>
          {data.items.length === 0 ? <li>{texts.noRows}</li> : null}
          {data.items.map((item, index) => (
            <li key={index}>
              {item.organisation}: {item.label}
              {item.at ? ` · ${formatDateTime(item.at)}` : ''}
              {item.heir ? ` → ${item.heir}` : ''}
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

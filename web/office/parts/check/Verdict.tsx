import { IconCircleCheck, IconFileOff, IconHelpCircle, IconShieldOff } from '@tabler/icons-react';
import { useEffect, useRef, type ReactNode } from 'react';
import type { CheckVerdict } from '#contracts/signatures';
import { useCheckTexts } from './texts.ts';
import classes from './Verdict.module.css';

const icons = {
  valid: IconCircleCheck,
  invalid: IconShieldOff,
  indeterminate: IconHelpCircle,
  unsigned: IconFileOff,
} as const satisfies Record<CheckVerdict, unknown>;

/** The verdict first: its word, its sign, why, and what to do; told to those who listen as well. */
export function Verdict({
  verdict,
  summary,
  advice,
  name,
}: {
  readonly verdict: CheckVerdict;
  readonly summary: string;
  readonly advice: string;
  readonly name: string;
}): ReactNode {
  const check = useCheckTexts();
  const heading = useRef<HTMLHeadingElement>(null);
  const Icon = icons[verdict];
  useEffect(() => heading.current?.focus(), []);
  return (
    <section className={classes.banner} data-verdict={verdict} aria-labelledby="verdict">
      <Icon size={72} stroke={1.6} aria-hidden="true" className={classes.icon} />
      <div className={classes.words}>
        <p className={classes.name}>{name}</p>
        <h1 id="verdict" ref={heading} tabIndex={-1} className={classes.verdict}>
          {check.verdict[verdict]}
        </h1>
        <p className={classes.summary}>{summary}</p>
        <p className={classes.advice}>
          <strong>{check.advice}:</strong> {advice}
        </p>
      </div>
    </section>
  );
}

/** The same sign and word, small. */
export function VerdictMark({ verdict }: { readonly verdict: CheckVerdict }): ReactNode {
  const check = useCheckTexts();
  const Icon = icons[verdict];
  return (
    <span className={classes.mark} data-verdict={verdict}>
      <Icon size={18} aria-hidden="true" />
      {check.verdict[verdict]}
    </span>
  );
}

import type { ComponentType, ReactNode } from 'react';
import classes from './Tag.module.css';

export type Tone = 'neutral' | 'active' | 'good' | 'soon' | 'bad';

/** A state in words; its colour repeats what the word says and is never alone. All tones hold 4.5 to 1. */
export function Tag({
  tone = 'neutral',
  icon: Icon,
  children,
}: {
  readonly tone?: Tone;
  readonly icon?: ComponentType<{ size?: number; stroke?: number; 'aria-hidden'?: 'true' }>;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <span className={classes.tag} data-tone={tone}>
      {Icon ? <Icon size={15} stroke={2} aria-hidden="true" /> : null}
      {children}
    </span>
  );
}

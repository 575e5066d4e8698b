import type { ReactNode } from 'react';
import classes from './directory.module.css';

/** What is wider than a phone scrolls by itself, and can be scrolled with the keyboard (WCAG 2.1.1). */
export function Scroll({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ReactNode;
}): ReactNode {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={classes.scroll} tabIndex={0} role="group" aria-label={label}>
      {children}
    </div>
  );
}

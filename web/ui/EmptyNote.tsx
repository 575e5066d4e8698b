import type { ComponentType, ReactNode } from 'react';
import classes from './EmptyNote.module.css';

/** Nothing here, and what to do now. */
export function EmptyNote({
  icon: Icon,
  title,
  children,
}: {
  readonly icon: ComponentType<{ size?: number; stroke?: number; 'aria-hidden'?: 'true' }>;
  readonly title: string;
  readonly children?: ReactNode;
}): ReactNode {
  return (
    <div className={classes.note}>
      <Icon size={40} stroke={1.3} aria-hidden="true" />
      <p className={classes.title}>{title}</p>
      {children === undefined ? null : <div className={classes.words}>{children}</div>}
    </div>
  );
}

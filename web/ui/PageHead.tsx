import { Title } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';
import classes from './PageHead.module.css';

/** Title of a page, what it is about, and what can be done on it. */
export function PageHead({
  title,
  about,
  actions,
}: {
  readonly title: string;
  readonly about?: ReactNode;
  readonly actions?: ReactNode;
}): ReactNode {
  useEffect(() => {
    document.title = `${title} · Phi Giấy`;
  }, [title]);
  return (
    <div className={classes.head}>
      <div className={classes.words}>
        <Title order={1} size="h3">
          {title}
        </Title>
        {about === undefined ? null : <p className={classes.about}>{about}</p>}
      </div>
      {actions === undefined ? null : <div className={classes.actions}>{actions}</div>}
    </div>
  );
}

import { Button, Skeleton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useRef, useState, type ReactNode } from 'react';
import { useTexts } from '../../ui/language.tsx';
import { useShortcuts } from '../../ui/shortcuts.ts';
import classes from './DocumentList.module.css';

export interface Column<Row> {
  readonly key: string;
  readonly head: string;
  readonly cell: (row: Row) => ReactNode;
  /** Narrow columns never wrap; the main one takes what is left. */
  readonly width?: string;
  readonly main?: boolean;
}

/**
 * A list of documents as a table on a desk and as cards on a phone. `j` and `k` move, Enter opens: the title of each
 * row is a link, so that everything a link can do is there (new tab, copy).
 */
export function DocumentList<Row>({
  caption,
  rows,
  columns,
  rowKey,
  linkTo,
  loading,
  empty,
  more,
}: {
  readonly caption: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly rowKey: (row: Row) => string;
  readonly linkTo: (row: Row) => string;
  readonly loading: boolean;
  readonly empty: ReactNode;
  readonly more?: { readonly load: () => void; readonly loading: boolean } | undefined;
}): ReactNode {
  const { common } = useTexts();
  const [chosen, setChosen] = useState(-1);
  const body = useRef<HTMLTableSectionElement>(null);
  const move = (step: number): void => {
    const next = Math.max(0, Math.min(rows.length - 1, chosen + step));
    setChosen(next);
    const row = body.current?.rows[next];
    row?.querySelector('a')?.focus();
    row?.scrollIntoView({ block: 'nearest' });
  };
  useShortcuts({ j: () => move(1), k: () => move(-1) });

  if (loading) {
    return (
      <div className={classes.frame} aria-busy="true">
        <span className="visually-hidden" role="status">
          {common.loading}
        </span>
        {Array.from({ length: 6 }, (_, index) => (
          <Skeleton key={index} height={44} m="sm" />
        ))}
      </div>
    );
  }
  if (rows.length === 0) return <div className={classes.frame}>{empty}</div>;
  return (
    <div className={classes.frame}>
      <table className={classes.table}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.key} scope="col" style={column.width ? { width: column.width } : undefined}>
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {rows.map((row, index) => (
            <tr
              key={rowKey(row)}
              data-chosen={index === chosen || undefined}
              onFocus={() => setChosen(index)}
            >
              {columns.map((column) => (
                <td key={column.key} data-label={column.head} data-main={column.main || undefined}>
                  {column.main ? (
                    <Link to={linkTo(row)} className={classes.link}>
                      {column.cell(row)}
                    </Link>
                  ) : (
                    column.cell(row)
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {more ? (
        <div className={classes.more}>
          <Button variant="default" loading={more.loading} onClick={more.load}>
            {common.more}
          </Button>
        </div>
      ) : null}
    </div>
  );
}

import { Anchor } from '@mantine/core';
import { IconBroadcast } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { editionBoard, type EditionBoard } from '#contracts/axis';
import { ask } from '../../ui/api.ts';
import { EmptyNote } from '../../ui/EmptyNote.tsx';
import { formatDateTime } from '../../ui/format.ts';
import { PageHead } from '../../ui/PageHead.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { ProblemAlert } from '../../ui/ProblemAlert.tsx';
import { Tag, type Tone } from '../../ui/Tag.tsx';
import classes from './directory.module.css';
import { Scroll } from './Scroll.tsx';
import { useDirectoryTexts } from './texts.ts';

const tones: Readonly<Record<EditionBoard['subscribers'][number]['state'], Tone>> = {
  current: 'good',
  behind: 'active',
  late: 'bad',
  diverged: 'bad',
  never: 'neutral',
};

/** The editions of the directory, and who runs which. */
export function EditionsPage(): ReactNode {
  const texts = useDirectoryTexts();
  const { data, error } = useQuery({
    queryKey: ['directory', 'editions'],
    refetchInterval: 15_000,
    queryFn: ({ signal }) => ask('/api/axis/editions', editionBoard, signal),
  });
  return (
    <>
      <PageHead
        title={texts.editions}
        about={data ? texts.current(data.counts.current, data.counts.total) : ''}
      />
      <ProblemAlert error={error} />
      {data ? (
        <div className={classes.stack}>
          <Panel title={texts.board}>
            {data.subscribers.length === 0 ? (
              <EmptyNote icon={IconBroadcast} title={texts.noSubscribers}>
                {texts.noSubscribersNext}
              </EmptyNote>
            ) : (
              <Subscribers items={data.subscribers} />
            )}
          </Panel>
          <Panel title={texts.editions}>
            {data.editions.length === 0 ? <p>{texts.noEditions}</p> : <Editions items={data.editions} />}
          </Panel>
        </div>
      ) : null}
    </>
  );
}

function Subscribers({ items }: { readonly items: EditionBoard['subscribers'] }): ReactNode {
  const texts = useDirectoryTexts();
  return (
    <Scroll label={texts.board}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{texts.organisation}</th>
            <th scope="col">{texts.state}</th>
            <th scope="col">{texts.applied}</th>
            <th scope="col">{texts.lastSeen}</th>
            <th scope="col">{texts.subscriber}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => {
            const seen = item.appliedAt ?? item.askedAt;
            return (
              <tr key={item.subscriber}>
                <td>
                  {item.organisation} <span className={classes.code}>{item.code}</span>
                </td>
                <td>
                  <Tag tone={tones[item.state]}>{texts.useStates[item.state]}</Tag>
                </td>
                <td>{item.applied || item.asked || '–'}</td>
                <td>{seen ? formatDateTime(seen) : '–'}</td>
                <td className={classes.code} title={item.subscriber}>
                  {item.subscriber.slice(0, 18)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}

function Editions({ items }: { readonly items: EditionBoard['editions'] }): ReactNode {
  const texts = useDirectoryTexts();
  return (
    <Scroll label={texts.editions}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{texts.edition}</th>
            <th scope="col">{texts.published}</th>
            <th scope="col">{texts.bodies}</th>
            <th scope="col">{texts.logIndex}</th>
            <th scope="col">SHA-256</th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.edition}>
              <td>
                <Anchor href={`/directory/v1/editions/${item.edition}`}>{item.edition}</Anchor>
              </td>
              <td>{formatDateTime(item.publishedAt)}</td>
              <td>{item.bodies.toLocaleString('vi-VN')}</td>
              <td>{item.logIndex}</td>
              <td className={classes.code}>{item.hash.slice(0, 16)}…</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

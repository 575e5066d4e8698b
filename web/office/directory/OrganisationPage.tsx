import { Anchor } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { z } from 'zod';
import { organisationAnswer } from '#contracts/directory';
import { ask } from '../../ui/api.ts';
import { formatDate, formatDateTime } from '../../ui/format.ts';
import { PageHead } from '../../ui/PageHead.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { ProblemAlert } from '../../ui/ProblemAlert.tsx';
import { Tag } from '../../ui/Tag.tsx';
import { Facts } from '../parts/Facts.tsx';
import classes from './directory.module.css';
import { Scroll } from './Scroll.tsx';
import { useDirectoryTexts } from './texts.ts';

type Page = z.infer<typeof organisationAnswer>;

/** One body: what it is today, how it came to be so, and who answers for whom. */
export function OrganisationPage(): ReactNode {
  const texts = useDirectoryTexts();
  const { id } = useParams({ strict: false }) as { id: string };
  const { data, error } = useQuery({
    queryKey: ['directory', 'organisation', id],
    queryFn: ({ signal }) => ask(`/api/directory/organisations/${id}`, organisationAnswer, signal),
  });
  if (error) return <ProblemAlert error={error} />;
  if (!data) return null;
  const known = data.versions.filter((version) => version.supersededAt === null);
  const once = data.versions.filter((version) => version.supersededAt !== null);
  const last = known.at(-1) ?? data.versions[0]!;
  return (
    <>
      <PageHead
        title={data.today?.name ?? last.name}
        about={<Tag tone={data.today ? 'good' : 'neutral'}>{data.today ? texts.living : texts.ended}</Tag>}
      />
      <div className={classes.stack}>
        <Panel>
          <Facts
            items={[
              [texts.code, last.code],
              [texts.code102, last.code102],
              [texts.level, texts.levels[last.level]],
              [
                texts.parent,
                last.parentId ? (
                  <Anchor key="parent" component={Link} to={`/directory/${last.parentId}`}>
                    {last.parentName}
                  </Anchor>
                ) : null,
              ],
            ]}
          />
        </Panel>
        <Panel title={texts.history}>
          <p>{texts.historyHint}</p>
          <Scroll label={texts.history}>
            <ol className={classes.timeline}>
              {known.map((version) => (
                <li key={version.from} className={classes.period}>
                  <span>{texts.was(formatDate(version.from), version.to && formatDate(version.to))}</span>
                  <strong>{version.name}</strong>
                  <span>{version.code}</span>
                  {version.parentName ? <div>{version.parentName}</div> : null}
                  {version.basis ? (
                    <div>
                      {texts.basis}: {version.basis}
                    </div>
                  ) : null}
                </li>
              ))}
              {last.to ? (
                <li className={classes.period} data-ended>
                  <strong>{data.today ? texts.willEnd : texts.ended}</strong>
                  {formatDate(last.to)}
                </li>
              ) : null}
            </ol>
          </Scroll>
          {once.length > 0 ? (
            <details>
              <summary>
                {texts.onceThought} ({once.length})
              </summary>
              <ul>
                {once.map((version) => (
                  <li key={`${version.from}-${version.recordedAt}-${version.name}`}>
                    {version.name} ({version.code}),{' '}
                    {texts.was(formatDate(version.from), version.to && formatDate(version.to))} ·{' '}
                    {texts.recorded} {formatDateTime(version.recordedAt)} {texts.superseded}{' '}
                    {formatDateTime(version.supersededAt ?? version.recordedAt)}
                  </li>
                ))}
              </ul>
            </details>
          ) : null}
        </Panel>
        <Relations title={texts.heirs} items={data.heirs} />
        <Relations title={texts.predecessors} items={data.predecessors} />
        {data.handoverTotal > 0 ? (
          <Panel title={texts.handovers(data.handoverTotal)}>
            <ul>
              {data.handovers.map((item, index) => (
                <li key={index}>
                  {item.label}: {item.from} → {item.to}
                </li>
              ))}
            </ul>
          </Panel>
        ) : null}
      </div>
    </>
  );
}

function Relations({ title, items }: { readonly title: string; readonly items: Page['heirs'] }): ReactNode {
  const texts = useDirectoryTexts();
  if (items.length === 0) return null;
  return (
    <Panel title={title}>
      <ul className={classes.tree}>
        {items.map((item) => (
          <li key={`${item.id}-${item.effective}-${item.kind}`}>
            <Anchor component={Link} to={`/directory/${item.id}`} underline="always">
              {item.name}
            </Anchor>{' '}
            <span className={classes.code}>{item.code}</span> · {texts.kinds[item.kind]}{' '}
            {formatDate(item.effective)} · {item.basis}
            {item.letters ? ` · ${texts.letters}` : ''}
            {item.fields.length > 0 ? ` · ${item.fields.join(', ')}` : ''}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

import { Group, SegmentedControl, Switch } from '@mantine/core';
import { IconHandGrab } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { custodyAnswer, type CustodyItem } from '#contracts/work';
import { ask } from '../../ui/api.ts';
import { EmptyNote } from '../../ui/EmptyNote.tsx';
import { formatDateTime } from '../../ui/format.ts';
import { PageHead } from '../../ui/PageHead.tsx';
import { ProblemAlert } from '../../ui/ProblemAlert.tsx';
import { useTexts } from '../../ui/language.tsx';
import { withParameters } from '../documents.ts';
import { DocumentList, type Column } from '../parts/DocumentList.tsx';
import { IncomingTag, OutgoingTag, TimeLeft, UrgencyTag } from '../parts/Tags.tsx';
import type { ListSearch } from '../router.tsx';
import { sessionQuery } from '../session.ts';
import classes from './pages.module.css';

type Scope = 'organisation' | 'unit' | 'me';

export function CustodyPage(): ReactNode {
  const { work, documents } = useTexts();
  const { custody } = work;
  const { fields } = documents;
  const search = useSearch({ strict: false }) as ListSearch;
  const navigate = useNavigate();
  const { data: session } = useQuery(sessionQuery);
  const roles: readonly string[] = session?.person.roles ?? [];
  const scopes: readonly Scope[] = [
    ...(roles.some((role) => role === 'leader' || role === 'clerk' || role === 'admin')
      ? (['organisation'] as const)
      : []),
    ...(roles.includes('head') ? (['unit'] as const) : []),
    'me',
  ];
  const scope = scopes.find((name) => name === search.scope) ?? scopes[0] ?? 'me';
  const late = search.state === 'late' ? '1' : undefined;
  const query = useInfiniteQuery({
    queryKey: ['custody', scope, late],
    enabled: session !== undefined,
    initialPageParam: '',
    refetchInterval: 5_000,
    queryFn: ({ pageParam, signal }) =>
      ask(withParameters('/api/work/custody', { scope, late, cursor: pageParam }), custodyAnswer, signal),
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const first = query.data?.pages[0];
  const columns: readonly Column<CustodyItem>[] = [
    {
      key: 'holder',
      head: fields.holder,
      width: '11rem',
      cell: (item) => <strong>{item.holder.label}</strong>,
    },
    {
      key: 'abstract',
      head: fields.abstract,
      main: true,
      cell: (item) => (
        <>
          {item.document.notation ? (
            <span className={classes.notation}>{item.document.notation} </span>
          ) : null}
          {item.document.abstract}
        </>
      ),
    },
    {
      key: 'state',
      head: fields.state,
      width: '10.5rem',
      cell: (item) => (
        <span className={classes.tags}>
          <UrgencyTag urgency={item.document.urgency} />
          {item.document.kind === 'incoming' ? (
            <IncomingTag state={item.document.state as never} />
          ) : (
            <OutgoingTag state={item.document.state as never} />
          )}
        </span>
      ),
    },
    { key: 'since', head: custody.since, width: '9.5rem', cell: (item) => formatDateTime(item.time.since) },
    {
      key: 'used',
      head: custody.used,
      width: '6.5rem',
      cell: (item) => custody.hours(item.time.minutesUsed),
    },
    { key: 'left', head: fields.timeLeft, width: '12.5rem', cell: (item) => <TimeLeft time={item.time} /> },
  ];
  return (
    <>
      <PageHead
        title={custody.title}
        about={first ? `${custody.about} ${custody.total(first.total, first.late)}.` : custody.about}
      />
      <Group className={classes.filters}>
        {scopes.length > 1 ? (
          <SegmentedControl
            aria-label={custody.title}
            data={scopes.map((value) => ({ value, label: custody.scopes[value] }))}
            value={scope}
            onChange={(next) => void navigate({ to: '/custody', search: { ...search, scope: next } })}
          />
        ) : null}
        <Switch
          label={custody.onlyLate}
          checked={late !== undefined}
          onChange={(event) =>
            void navigate({
              to: '/custody',
              search: { ...search, state: event.currentTarget.checked ? 'late' : undefined },
            })
          }
        />
      </Group>
      <ProblemAlert error={query.error} />
      <DocumentList
        caption={custody.title}
        rows={query.data?.pages.flatMap((page) => page.items) ?? []}
        columns={columns}
        rowKey={(item) => item.branch}
        linkTo={(item) => `/${item.document.kind}/${item.document.id}`}
        loading={query.isPending}
        empty={
          <EmptyNote icon={IconHandGrab} title={custody.empty}>
            {custody.emptyNext}
          </EmptyNote>
        }
        more={
          query.hasNextPage
            ? { load: () => void query.fetchNextPage(), loading: query.isFetchingNextPage }
            : undefined
        }
      />
    </>
  );
}

import { SegmentedControl, Text } from '@mantine/core';
import { IconChecklist } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { mineAnswer, type MineItem } from '#contracts/work';
import { ask } from '../../ui/api.ts';
import { EmptyNote } from '../../ui/EmptyNote.tsx';
import { formatDateTime } from '../../ui/format.ts';
import { PageHead } from '../../ui/PageHead.tsx';
import { ProblemAlert } from '../../ui/ProblemAlert.tsx';
import { Tag } from '../../ui/Tag.tsx';
import { useTexts } from '../../ui/language.tsx';
import { withParameters } from '../documents.ts';
import { DocumentList, type Column } from '../parts/DocumentList.tsx';
import { TimeLeft, UrgencyTag } from '../parts/Tags.tsx';
import type { ListSearch } from '../router.tsx';
import classes from './pages.module.css';

type List = 'pending' | 'in-work' | 'to-know' | 'done';
const lists: readonly List[] = ['pending', 'in-work', 'to-know', 'done'];

type Todo =
  | 'register'
  | 'direct'
  | 'review'
  | 'sign'
  | 'number'
  | 'seal'
  | 'issue'
  | 'submit'
  | 'recall'
  | 'assignment'
  | 'inform'
  | 'follow';
const todoOfState: Readonly<Record<string, Todo>> = {
  arrived: 'register',
  registered: 'direct',
  'awaiting-direction': 'direct',
  'recall-requested': 'recall',
  drafting: 'submit',
  returned: 'submit',
  'in-review': 'review',
  approved: 'sign',
  'leader-signed': 'number',
  numbered: 'seal',
  sealed: 'issue',
};

function todoOf(item: MineItem): Todo {
  if (item.assignment) return item.assignment.role === 'inform' ? 'inform' : 'assignment';
  return todoOfState[item.document.state] ?? 'follow';
}

export function MyWorkPage(): ReactNode {
  const { work, documents } = useTexts();
  const { fields } = documents;
  const search = useSearch({ strict: false }) as ListSearch;
  const navigate = useNavigate();
  const list: List = lists.find((name) => name === search.state) ?? 'pending';
  const query = useInfiniteQuery({
    queryKey: ['mine', list],
    initialPageParam: '',
    refetchInterval: 5_000,
    queryFn: ({ pageParam, signal }) =>
      ask(withParameters('/api/work/mine', { list, cursor: pageParam }), mineAnswer, signal),
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const counts = query.data?.pages[0]?.counts;
  const columns: readonly Column<MineItem>[] = [
    {
      key: 'todo',
      head: work.mine.what,
      width: '9.5rem',
      cell: (item) => <Tag tone="active">{work.mine.todo[todoOf(item)]}</Tag>,
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
      key: 'from',
      head: work.mine.from,
      width: '14rem',
      cell: (item) => item.document.partyName || fields.none,
    },
    {
      key: 'time',
      head: fields.timeLeft,
      width: '14rem',
      cell: (item) => (
        <span className={classes.tags}>
          <UrgencyTag urgency={item.document.urgency} />
          <TimeLeft time={item.time ?? item.assignment?.time ?? null} />
        </span>
      ),
    },
    {
      key: 'since',
      head: work.custody.since,
      width: '9.5rem',
      cell: (item) => formatDateTime(item.time?.since ?? item.document.at),
    },
  ];
  return (
    <>
      <PageHead
        title={work.mine.title}
        about={
          counts ? (
            counts.late > 0 ? (
              <Text component="span" c="seal.8" fw={600}>
                {work.mine.late(counts.late)}
              </Text>
            ) : (
              work.mine.onTime
            )
          ) : (
            ' '
          )
        }
      />
      <div className={classes.filters}>
        <SegmentedControl
          aria-label={work.mine.title}
          data={lists.map((value) => ({
            value,
            label: `${work.mine.lists[value]}${counts && value !== 'done' ? ` (${counts[value]})` : ''}`,
          }))}
          value={list}
          onChange={(state) =>
            void navigate({ to: '/', search: { state: state === 'pending' ? undefined : state } })
          }
        />
      </div>
      <ProblemAlert error={query.error} />
      <DocumentList
        caption={work.mine.lists[list]}
        rows={query.data?.pages.flatMap((page) => page.items) ?? []}
        columns={columns}
        rowKey={(item) => `${item.document.id}-${item.assignment?.id ?? item.branch ?? ''}`}
        linkTo={(item) => `/${item.document.kind}/${item.document.id}`}
        loading={query.isPending}
        empty={
          <EmptyNote icon={IconChecklist} title={work.mine.empty[list]}>
            {work.mine.emptyNext}
          </EmptyNote>
        }
        more={
          query.hasNextPage
            ? { load: () => void query.fetchNextPage(), loading: query.isFetchingNextPage }
            : undefined
        }
      />
      <Text size="sm" c="dimmed" mt="sm">
        {work.mine.oldestFirst}
      </Text>
    </>
  );
}

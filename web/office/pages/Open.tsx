import { SegmentedControl, Text } from '@mantine/core';
import {
  IconAlertOctagon,
  IconCircleCheck,
  IconClockExclamation,
  IconPhoneCall,
  IconHourglass,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { openAnswer, type OpenAnswer, type OpenStage } from '#contracts/documents';
import { ask } from '../../ui/api.ts';
import { EmptyNote } from '../../ui/EmptyNote.tsx';
import { formatDateTime } from '../../ui/format.ts';
import { useTexts } from '../../ui/language.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import { ProblemAlert } from '../../ui/ProblemAlert.tsx';
import { Tag } from '../../ui/Tag.tsx';
import { DocumentList, type Column } from '../parts/DocumentList.tsx';
import { UrgencyTag } from '../parts/Tags.tsx';
import type { ListSearch } from '../router.tsx';
import classes from './pages.module.css';

type List = 'sending' | 'receiving';
type Row = OpenAnswer['sending'][number] | OpenAnswer['receiving'][number];

const looks = {
  open: { tone: 'neutral', icon: IconHourglass },
  duty: { tone: 'soon', icon: IconPhoneCall },
  late: { tone: 'bad', icon: IconClockExclamation },
  watch: { tone: 'bad', icon: IconAlertOctagon },
} as const satisfies Record<OpenStage, object>;

function Stage({ stage }: { readonly stage: OpenStage }): ReactNode {
  const { open } = useTexts();
  return <Tag {...looks[stage]}>{open.stage[stage]}</Tag>;
}

/** What was sent or has arrived and is not at an end: the sender's and the receiver's ageing list. */
export function OpenPage(): ReactNode {
  const { open, documents } = useTexts();
  const { fields } = documents;
  const search = useSearch({ strict: false }) as ListSearch;
  const navigate = useNavigate();
  const list: List = search.scope === 'receiving' ? 'receiving' : 'sending';
  const query = useQuery({
    queryKey: ['open'],
    refetchInterval: 5_000,
    queryFn: ({ signal }) => ask('/api/documents/open', openAnswer, signal),
  });
  const columns: readonly Column<Row>[] = [
    {
      key: 'notation',
      head: fields.notation,
      main: true,
      cell: (row) => (
        <>
          <span className={classes.notation}>{row.notation} </span>
          {'abstract' in row ? row.abstract : null}
        </>
      ),
    },
    { key: 'party', head: open.party[list], cell: (row) => row.partyName },
    {
      key: 'waits',
      head: open.waits,
      width: '15rem',
      cell: (row) => ('waitsFor' in row ? open.waitsFor[row.waitsFor] : open.ourClerk),
    },
    {
      key: 'stage',
      head: fields.state,
      width: '14rem',
      cell: (row) => (
        <span className={classes.tags}>
          <UrgencyTag urgency={row.urgency} />
          <Stage stage={row.age.stage} />
        </span>
      ),
    },
    { key: 'age', head: open.age, width: '8rem', cell: (row) => open.ageOf(row.age.minutes) },
    {
      key: 'due',
      head: open.due,
      width: '9.5rem',
      cell: (row) => <span title={row.age.source}>{formatDateTime(row.age.due)}</span>,
    },
  ];
  const { stages } = query.data ?? {};
  const counts = stages ? ` ${open.counts(stages.late + stages.watch, stages.duty)}` : '';
  return (
    <>
      <PageHead title={open.title} about={`${open.about}${counts}`} />
      <SegmentedControl
        aria-label={open.title}
        className={classes.filters ?? ''}
        data={(['sending', 'receiving'] as const).map((value) => ({
          value,
          label: query.data ? `${open.lists[value]} (${query.data[value].length})` : open.lists[value],
        }))}
        value={list}
        onChange={(scope) => void navigate({ to: '/open', search: { ...search, scope } })}
      />
      <ProblemAlert error={query.error} />
      <DocumentList<Row>
        caption={`${open.title}: ${open.lists[list]}`}
        rows={query.data?.[list] ?? []}
        columns={columns}
        rowKey={(row) => `${row.documentId ?? row.notation} ${row.partyCode}`}
        linkTo={(row) => `/${list === 'sending' ? 'outgoing' : 'incoming'}/${row.documentId ?? ''}`}
        loading={query.isPending}
        empty={
          <EmptyNote icon={IconCircleCheck} title={open.empty[list]}>
            {open.emptyNext}
          </EmptyNote>
        }
      />
      <Text size="sm" mt="sm">
        {open.ageNote}
      </Text>
    </>
  );
}

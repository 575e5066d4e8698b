import { Button, Group, NumberInput, SegmentedControl } from '@mantine/core';
import { IconBook2, IconPrinter } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import type { z } from 'zod';
import { registerAnswer, type registerRow } from '#contracts/documents';
import { ask } from '../../ui/api.ts';
import { EmptyNote } from '../../ui/EmptyNote.tsx';
import { formatDate } from '../../ui/format.ts';
import { PageHead } from '../../ui/PageHead.tsx';
import { ProblemAlert } from '../../ui/ProblemAlert.tsx';
import { useTexts } from '../../ui/language.tsx';
import { withParameters } from '../documents.ts';
import { DocumentList, type Column } from '../parts/DocumentList.tsx';
import type { ListSearch } from '../router.tsx';
import classes from './pages.module.css';

type Row = z.infer<typeof registerRow>;

export function RegistersPage(): ReactNode {
  const { documents } = useTexts();
  const { registers, fields } = documents;
  const search = useSearch({ strict: false }) as ListSearch;
  const navigate = useNavigate();
  const kind = search.scope === 'outgoing' ? 'outgoing' : 'incoming';
  const [year, setYear] = useState(() => new Date().getFullYear());
  const query = useInfiniteQuery({
    queryKey: ['registers', kind, year],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      ask(
        withParameters('/api/documents/registers', { kind, year: String(year), cursor: pageParam }),
        registerAnswer,
        signal,
      ),
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const struck = (row: Row, text: ReactNode): ReactNode =>
    row.state === 'void' ? <s className={classes.struck}>{text}</s> : text;
  const columns: readonly Column<Row>[] = [
    { key: 'number', head: fields.number, width: '4.5rem', cell: (row) => struck(row, row.number) },
    {
      key: 'date',
      head: kind === 'incoming' ? fields.arrivalDate : fields.date,
      width: '7.5rem',
      cell: (row) => formatDate(row.date),
    },
    {
      key: 'author',
      head: kind === 'incoming' ? registers.columns.authorIn : registers.columns.authorOut,
      width: '13rem',
      cell: (row) => row.author,
    },
    {
      key: 'abstract',
      head: fields.abstract,
      main: true,
      cell: (row) =>
        struck(
          row,
          <>
            <span className={classes.notation}>{row.notation}</span> {row.typeName}: {row.abstract}
          </>,
        ),
    },
    {
      key: 'receivers',
      head: kind === 'incoming' ? registers.columns.receiversIn : registers.columns.receiversOut,
      width: '14rem',
      cell: (row) => row.receivers || fields.none,
    },
    {
      key: 'note',
      head: fields.note,
      width: '14rem',
      cell: (row) =>
        row.voided
          ? registers.voided(row.voided.reason, row.voided.by, row.voided.authoriser)
          : row.state === 'reserved'
            ? registers.reserved
            : row.note || fields.none,
    },
  ];
  return (
    <>
      <PageHead
        title={registers.title}
        about={registers.about}
        actions={
          <Button variant="default" leftSection={<IconPrinter size={18} />} onClick={() => window.print()}>
            {registers.print}
          </Button>
        }
      />
      <Group className={classes.filters} align="flex-end">
        <SegmentedControl
          aria-label={registers.title}
          data={[
            { value: 'incoming', label: registers.incoming },
            { value: 'outgoing', label: registers.outgoing },
          ]}
          value={kind}
          onChange={(scope) => void navigate({ to: '/registers', search: { scope } })}
        />
        <NumberInput
          aria-label={registers.year}
          value={year}
          min={2000}
          max={2200}
          w={110}
          hideControls={false}
          onChange={(next) => typeof next === 'number' && next >= 2000 && next <= 2200 && setYear(next)}
        />
      </Group>
      <ProblemAlert error={query.error} />
      <DocumentList
        caption={registers.title}
        rows={query.data?.pages.flatMap((page) => page.items) ?? []}
        columns={columns}
        rowKey={(row) => `${row.documentId}-${row.number}`}
        linkTo={(row) => `/${kind}/${row.documentId}`}
        loading={query.isPending}
        empty={
          <EmptyNote icon={IconBook2} title={registers.empty}>
            {registers.emptyNext}
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

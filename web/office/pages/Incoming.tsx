import { Button, SegmentedControl } from '@mantine/core';
import { IconInbox, IconKeyboard } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { IncomingRow } from '#contracts/documents';
import { EmptyNote } from '../../ui/EmptyNote.tsx';
import { formatDate, formatDateTime } from '../../ui/format.ts';
import { PageHead } from '../../ui/PageHead.tsx';
import { ProblemAlert } from '../../ui/ProblemAlert.tsx';
import { useTexts } from '../../ui/language.tsx';
import { incomingListQuery, nextIncomingQuery } from '../documents.ts';
import { DocumentList, type Column } from '../parts/DocumentList.tsx';
import { IncomingTag, UrgencyTag, VerdictTag } from '../parts/Tags.tsx';
import type { ListSearch } from '../router.tsx';
import { sessionQuery } from '../session.ts';
import classes from './pages.module.css';

export function useIncomingColumns(): readonly Column<IncomingRow>[] {
  const { documents } = useTexts();
  const { fields } = documents;
  return [
    {
      key: 'number',
      head: fields.arrivalNumber,
      width: '5rem',
      cell: (row) => row.arrivalNumber ?? fields.none,
    },
    {
      key: 'abstract',
      head: fields.abstract,
      main: true,
      cell: (row) => (
        <>
          <span className={classes.notation}>{row.notation}</span> {row.abstract}
        </>
      ),
    },
    {
      key: 'issuer',
      head: fields.issuer,
      width: '15rem',
      cell: (row) => (
        <span>
          {row.issuerName}
          {row.promulgationDate ? (
            <span className={classes.sub}> · {formatDate(row.promulgationDate)}</span>
          ) : null}
        </span>
      ),
    },
    {
      key: 'state',
      head: fields.state,
      width: '12rem',
      cell: (row) => (
        <span className={classes.tags}>
          <UrgencyTag urgency={row.urgency} />
          <IncomingTag state={row.state} />
          {row.signatureVerdict === 'valid' ? null : <VerdictTag verdict={row.signatureVerdict} />}
        </span>
      ),
    },
    { key: 'holder', head: fields.holder, width: '11rem', cell: (row) => row.holder?.label ?? fields.none },
    { key: 'arrived', head: fields.arrivedAt, width: '9.5rem', cell: (row) => formatDateTime(row.arrivedAt) },
  ];
}

export function IncomingPage(): ReactNode {
  const { documents } = useTexts();
  const { incoming } = documents;
  const search = useSearch({ strict: false }) as ListSearch;
  const navigate = useNavigate();
  const { data: session } = useQuery(sessionQuery);
  const clerk = session?.person.roles.includes('clerk') ?? false;
  const list = useInfiniteQuery(incomingListQuery(search));
  const next = useQuery({ ...nextIncomingQuery(), enabled: clerk, refetchInterval: 5_000 });
  const columns = useIncomingColumns();
  const filters = [
    { value: '', label: incoming.filters.all },
    { value: 'arrived', label: incoming.filters.arrived },
    { value: 'registered,awaiting-direction', label: incoming.filters.direction },
    { value: 'assigned,in-work,recall-requested', label: incoming.filters.work },
    { value: 'closed', label: incoming.filters.closed },
    { value: 'refused,recalled-by-sender', label: incoming.filters.other },
  ];
  return (
    <>
      <PageHead
        title={incoming.title}
        about={incoming.about}
        actions={
          clerk && next.data?.item ? (
            <Button
              component={Link}
              to={`/incoming/${next.data.item.id}`}
              leftSection={<IconKeyboard size={18} />}
            >
              {incoming.triage} ({next.data.waiting})
            </Button>
          ) : null
        }
      />
      <div className={classes.filters}>
        <SegmentedControl
          aria-label={documents.fields.state}
          data={filters}
          value={search.state ?? ''}
          onChange={(state) =>
            void navigate({ to: '/incoming', search: { ...search, state: state || undefined } })
          }
        />
      </div>
      <ProblemAlert error={list.error} />
      <DocumentList
        caption={incoming.title}
        rows={list.data?.pages.flatMap((page) => page.items) ?? []}
        columns={columns}
        rowKey={(row) => row.id}
        linkTo={(row) => `/incoming/${row.id}`}
        loading={list.isPending}
        empty={
          <EmptyNote icon={IconInbox} title={search.text ? incoming.emptySearch : incoming.empty}>
            {search.text ? incoming.emptySearchNext : incoming.emptyNext}
          </EmptyNote>
        }
        more={
          list.hasNextPage
            ? { load: () => void list.fetchNextPage(), loading: list.isFetchingNextPage }
            : undefined
        }
      />
    </>
  );
}

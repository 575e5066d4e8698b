import { SegmentedControl } from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { OutgoingRow } from '#contracts/documents';
import { EmptyNote } from '../../ui/EmptyNote.tsx';
import { formatDate, formatDateTime } from '../../ui/format.ts';
import { PageHead } from '../../ui/PageHead.tsx';
import { ProblemAlert } from '../../ui/ProblemAlert.tsx';
import { Tag } from '../../ui/Tag.tsx';
import { useTexts } from '../../ui/language.tsx';
import { outgoingListQuery } from '../documents.ts';
import { DocumentList, type Column } from '../parts/DocumentList.tsx';
import { OutgoingTag, UrgencyTag } from '../parts/Tags.tsx';
import type { ListSearch } from '../router.tsx';
import classes from './pages.module.css';

export function useOutgoingColumns(): readonly Column<OutgoingRow>[] {
  const { documents } = useTexts();
  const { fields } = documents;
  return [
    {
      key: 'notation',
      head: fields.notation,
      width: '10rem',
      cell: (row) =>
        row.notation ? (
          <span className={row.state === 'void' ? classes.struck : classes.notation}>{row.notation}</span>
        ) : (
          <span className={classes.sub}>{fields.noNotation}</span>
        ),
    },
    { key: 'abstract', head: fields.abstract, main: true, cell: (row) => `${row.typeName}: ${row.abstract}` },
    {
      key: 'receivers',
      head: fields.receivers,
      width: '14rem',
      cell: (row) => row.recipientSummary || fields.none,
    },
    {
      key: 'state',
      head: fields.state,
      width: '12rem',
      cell: (row) => (
        <span className={classes.tags}>
          <UrgencyTag urgency={row.urgency} />
          <OutgoingTag state={row.state} />
          {row.attention ? <Tag tone="bad">{documents.attention[row.attention]}</Tag> : null}
        </span>
      ),
    },
    { key: 'holder', head: fields.holder, width: '11rem', cell: (row) => row.holder?.label ?? fields.none },
    {
      key: 'date',
      head: fields.date,
      width: '9.5rem',
      cell: (row) =>
        row.promulgationDate ? formatDate(row.promulgationDate) : formatDateTime(row.updatedAt),
    },
  ];
}

export function OutgoingPage(): ReactNode {
  const { documents } = useTexts();
  const { outgoing } = documents;
  const search = useSearch({ strict: false }) as ListSearch;
  const navigate = useNavigate();
  const list = useInfiniteQuery(outgoingListQuery(search));
  const columns = useOutgoingColumns();
  const filters = [
    { value: '', label: outgoing.filters.all },
    { value: 'drafting,returned', label: outgoing.filters.drafts },
    { value: 'in-review,approved', label: outgoing.filters.review },
    { value: 'leader-signed,numbered,sealed,issued', label: outgoing.filters.desk },
    { value: 'dispatched,acknowledged', label: outgoing.filters.sent },
    { value: 'recalling,recalled,void', label: outgoing.filters.closed },
  ];
  return (
    <>
      <PageHead title={outgoing.title} about={outgoing.about} />
      <div className={classes.filters}>
        <SegmentedControl
          aria-label={documents.fields.state}
          data={filters}
          value={search.state ?? ''}
          onChange={(state) =>
            void navigate({ to: '/outgoing', search: { ...search, state: state || undefined } })
          }
        />
      </div>
      <ProblemAlert error={list.error} />
      <DocumentList
        caption={outgoing.title}
        rows={list.data?.pages.flatMap((page) => page.items) ?? []}
        columns={columns}
        rowKey={(row) => row.id}
        linkTo={(row) => `/outgoing/${row.id}`}
        loading={list.isPending}
        empty={
          <EmptyNote icon={IconSend} title={outgoing.empty}>
            {outgoing.emptyNext}
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

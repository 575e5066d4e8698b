import { Title } from '@mantine/core';
import { IconSearchOff } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { EmptyNote } from '../../ui/EmptyNote.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import { ProblemAlert } from '../../ui/ProblemAlert.tsx';
import { useTexts } from '../../ui/language.tsx';
import { incomingListQuery, outgoingListQuery } from '../documents.ts';
import { DocumentList } from '../parts/DocumentList.tsx';
import type { ListSearch } from '../router.tsx';
import { useIncomingColumns } from './Incoming.tsx';
import { useOutgoingColumns } from './Outgoing.tsx';

export function SearchPage(): ReactNode {
  const { documents } = useTexts();
  const { text = '' } = useSearch({ strict: false }) as ListSearch;
  const incoming = useInfiniteQuery(incomingListQuery({ text }));
  const outgoing = useInfiniteQuery(outgoingListQuery({ text }));
  const incomingColumns = useIncomingColumns();
  const outgoingColumns = useOutgoingColumns();
  const nothing = (
    <EmptyNote icon={IconSearchOff} title={documents.incoming.emptySearch}>
      {documents.incoming.emptySearchNext}
    </EmptyNote>
  );
  return (
    <>
      <PageHead title={documents.search.title} about={documents.search.about(text)} />
      <ProblemAlert error={incoming.error ?? outgoing.error} />
      <Title order={2} size="h4" mb="xs">
        {documents.search.incoming}
      </Title>
      <DocumentList
        caption={documents.search.incoming}
        rows={incoming.data?.pages.flatMap((page) => page.items) ?? []}
        columns={incomingColumns}
        rowKey={(row) => row.id}
        linkTo={(row) => `/incoming/${row.id}`}
        loading={incoming.isPending}
        empty={nothing}
        more={
          incoming.hasNextPage
            ? { load: () => void incoming.fetchNextPage(), loading: incoming.isFetchingNextPage }
            : undefined
        }
      />
      <Title order={2} size="h4" mt="lg" mb="xs">
        {documents.search.outgoing}
      </Title>
      <DocumentList
        caption={documents.search.outgoing}
        rows={outgoing.data?.pages.flatMap((page) => page.items) ?? []}
        columns={outgoingColumns}
        rowKey={(row) => row.id}
        linkTo={(row) => `/outgoing/${row.id}`}
        loading={outgoing.isPending}
        empty={nothing}
        more={
          outgoing.hasNextPage
            ? { load: () => void outgoing.fetchNextPage(), loading: outgoing.isFetchingNextPage }
            : undefined
        }
      />
    </>
  );
}

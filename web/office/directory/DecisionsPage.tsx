import { Button } from '@mantine/core';
import { IconFileText } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { decisionsAnswer, type DecisionState } from '#contracts/directory';
import { ask } from '../../ui/api.ts';
import { EmptyNote } from '../../ui/EmptyNote.tsx';
import { formatDate } from '../../ui/format.ts';
import { PageHead } from '../../ui/PageHead.tsx';
import { ProblemAlert } from '../../ui/ProblemAlert.tsx';
import { Tag, type Tone } from '../../ui/Tag.tsx';
import { DocumentList } from '../parts/DocumentList.tsx';
import { useDirectoryTexts } from './texts.ts';

export const decisionTones: Readonly<Record<DecisionState, Tone>> = {
  draft: 'neutral',
  checked: 'active',
  signed: 'soon',
  effective: 'good',
  cancelled: 'neutral',
};

export function DecisionsPage(): ReactNode {
  const texts = useDirectoryTexts();
  const { data, error, isPending } = useQuery({
    queryKey: ['directory', 'decisions'],
    queryFn: ({ signal }) => ask('/api/directory/decisions', decisionsAnswer, signal),
  });
  return (
    <>
      <PageHead
        title={texts.decisions}
        actions={
          data?.mayPrepare ? (
            <Button component={Link} to="/directory/decisions/new">
              {texts.prepare}
            </Button>
          ) : undefined
        }
      />
      <ProblemAlert error={error} />
      <DocumentList
        caption={texts.decisions}
        rows={data?.items ?? []}
        columns={[
          { key: 'number', head: texts.number, width: '10rem', cell: (row) => row.number },
          {
            key: 'title',
            head: texts.decisionTitle,
            main: true,
            cell: (row) => `${row.title} · ${texts.eventCount(row.eventCount)}`,
          },
          {
            key: 'effective',
            head: texts.effective,
            width: '8rem',
            cell: (row) => formatDate(row.effective),
          },
          {
            key: 'state',
            head: texts.state,
            width: '11rem',
            cell: (row) => <Tag tone={decisionTones[row.state]}>{texts.states[row.state]}</Tag>,
          },
        ]}
        rowKey={(row) => row.id}
        linkTo={(row) => `/directory/decisions/${row.id}`}
        loading={isPending}
        empty={
          <EmptyNote icon={IconFileText} title={texts.emptyDecisions}>
            {texts.emptyDecisionsNext}
          </EmptyNote>
        }
      />
    </>
  );
}

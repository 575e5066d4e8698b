import { Alert, Button, Checkbox, Group, PasswordInput } from '@mantine/core';
import { IconPlayerPause, IconSignature } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import {
  batchesAnswer,
  batchView,
  mostInBatch,
  outgoingListAnswer,
  type OutgoingRow,
} from '#contracts/documents';
import { ask, tell } from '../../ui/api.ts';
import { EmptyNote } from '../../ui/EmptyNote.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import { ProblemAlert } from '../../ui/ProblemAlert.tsx';
import { useTexts } from '../../ui/language.tsx';
import { useCommand } from '../../ui/useCommand.ts';
import { Waiting } from '../../ui/Waiting.tsx';
import { outgoingQuery, withParameters } from '../documents.ts';
import { ActionDialog } from '../parts/ActionDialog.tsx';
import { BatchProgress } from '../parts/BatchProgress.tsx';
import { FileReader } from '../parts/FileReader.tsx';
import { UrgencyTag } from '../parts/Tags.tsx';
import type { ListSearch } from '../router.tsx';
import { useSigningTexts } from '../signingTexts.ts';
import classes from './Signing.module.css';
import pages from './pages.module.css';

const url = '/api/documents/batches';

/** What waits for my signature: read, choose, sign with one decision (S3.3). */
export function SigningPage(): ReactNode {
  const { scope } = useSearch({ strict: false }) as ListSearch;
  return scope ? <BatchProgress id={scope} /> : <Choosing />;
}

function Choosing(): ReactNode {
  const { common } = useTexts();
  const signing = useSigningTexts();
  const { batch } = signing;
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [viewed, setViewed] = useState<readonly string[]>([]);
  const [open, setOpen] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  const list = useInfiniteQuery({
    queryKey: ['outgoing', 'to-sign'],
    initialPageParam: '',
    refetchInterval: 10_000,
    queryFn: ({ pageParam, signal }) =>
      ask(
        withParameters('/api/documents/outgoing', {
          state: 'approved',
          mine: '1',
          order: 'oldest',
          limit: '200',
          cursor: pageParam,
        }),
        outgoingListAnswer,
        signal,
      ),
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const rows = (list.data?.pages.flatMap((page) => page.items) ?? []).filter((row) =>
    row.actions.includes('sign'),
  );
  const present = chosen.filter((id) => rows.some((row) => row.id === id));
  const all = rows.slice(0, mostInBatch).map((row) => row.id);
  const look = (id: string): void => {
    setOpen(id);
    setViewed((before) => [...new Set([...before, id])]);
  };
  return (
    <>
      <PageHead
        title={batch.title}
        about={batch.about}
        actions={
          <Button
            disabled={present.length === 0}
            leftSection={<IconSignature size={18} />}
            onClick={() => setAsking(true)}
          >
            {batch.sign(present.length)}
          </Button>
        }
      />
      <OpenBatches />
      <ProblemAlert error={list.error} />
      {list.isPending ? <Waiting label={common.loading} /> : null}
      {list.data && rows.length === 0 ? (
        <EmptyNote icon={IconSignature} title={batch.empty}>
          {batch.emptyNext}
        </EmptyNote>
      ) : null}
      {rows.length > 0 ? (
        <div className={classes.split}>
          <section aria-label={batch.title}>
            <Checkbox
              className={classes.all}
              label={`${batch.chooseAll} · ${batch.chosen(present.length)}`}
              checked={present.length === all.length}
              indeterminate={present.length > 0 && present.length < all.length}
              onChange={(event) => setChosen(event.currentTarget.checked ? all : [])}
            />
            <ul className={classes.list}>
              {rows.map((row) => (
                <Row
                  key={row.id}
                  row={row}
                  chosen={present.includes(row.id)}
                  viewed={viewed.includes(row.id)}
                  current={open === row.id}
                  onChoose={(on) =>
                    setChosen(on ? [...present, row.id] : present.filter((id) => id !== row.id))
                  }
                  onOpen={() => look(row.id)}
                />
              ))}
            </ul>
            {list.hasNextPage ? (
              <Button
                variant="default"
                loading={list.isFetchingNextPage}
                onClick={() => void list.fetchNextPage()}
              >
                {common.more}
              </Button>
            ) : null}
          </section>
          {open === null ? <p className={pages.sub}>{batch.pickOne}</p> : <Reading key={open} id={open} />}
        </div>
      ) : null}
      {asking ? (
        <SignDialog
          ids={present}
          unread={present.filter((id) => !viewed.includes(id)).length}
          onClose={() => setAsking(false)}
        />
      ) : null}
    </>
  );
}

function Row({
  row,
  chosen,
  viewed,
  current,
  onChoose,
  onOpen,
}: {
  readonly row: OutgoingRow;
  readonly chosen: boolean;
  readonly viewed: boolean;
  readonly current: boolean;
  onChoose(on: boolean): void;
  onOpen(): void;
}): ReactNode {
  const signing = useSigningTexts();
  const { batch } = signing;
  return (
    <li className={classes.row} data-current={current}>
      <Checkbox
        aria-label={batch.choose(row.abstract)}
        checked={chosen}
        onChange={(event) => onChoose(event.currentTarget.checked)}
      />
      <span className={classes.words}>
        <button type="button" className={classes.open} onClick={onOpen} aria-pressed={current}>
          {row.typeName}: {row.abstract}
        </button>
        <span className={pages.sub}>
          {[row.drafter.name, row.unitName, row.recipientSummary].filter(Boolean).join(' · ')}
        </span>
        <span className={pages.tags}>
          <UrgencyTag urgency={row.urgency} />
          <span className={pages.sub}>{viewed ? batch.viewed : batch.notViewed}</span>
        </span>
      </span>
    </li>
  );
}

/** The very file that will be signed. */
function Reading({ id }: { readonly id: string }): ReactNode {
  const { common } = useTexts();
  const { data, error } = useQuery(outgoingQuery(id));
  const place = useRef<HTMLDivElement>(null);
  const isThere = data?.mainFile !== undefined;
  // On a phone the page lies below the list.
  useEffect(() => {
    if (isThere) place.current?.scrollIntoView({ block: 'nearest' });
  }, [isThere]);
  if (error) return <ProblemAlert error={error} />;
  if (!data?.mainFile) return <Waiting label={common.loading} />;
  return (
    <div ref={place}>
      <FileReader key={data.mainFile.sha256} files={[data.mainFile, ...data.attachments]} />
    </div>
  );
}

function OpenBatches(): ReactNode {
  const signing = useSigningTexts();
  const { batch } = signing;
  const navigate = useNavigate();
  const { data } = useQuery({
    queryKey: ['batches'],
    queryFn: ({ signal }) => ask(url, batchesAnswer, signal),
  });
  return data?.items.map((one) => {
    const count = Object.values(one.counts).reduce((sum, part) => sum + part, 0);
    return (
      <Alert key={one.id} color="amber" variant="outline" icon={<IconPlayerPause />} mb="md">
        <Group justify="space-between">
          {batch.open(one.counts.signed ?? 0, count)}
          <Button
            size="xs"
            variant="default"
            onClick={() => void navigate({ to: '/signing', search: { scope: one.id } })}
          >
            {batch.goOn}
          </Button>
        </Group>
      </Alert>
    );
  });
}

function SignDialog({
  ids,
  unread,
  onClose,
}: {
  readonly ids: readonly string[];
  readonly unread: number;
  onClose(): void;
}): ReactNode {
  const { documents } = useTexts();
  const signing = useSigningTexts();
  const { batch } = signing;
  const navigate = useNavigate();
  const [pin, setPin] = useState('');
  const [made, setMade] = useState<string | null>(null);
  const create = useCommand(url, batchView);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const start = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      // A wrong PIN leaves the batch as it was made: the next try runs the same one.
      const id = made ?? (await create.mutateAsync({ documentIds: ids })).id;
      setMade(id);
      await tell(`${url}/${id}/run`, { pin }, batchView);
      await navigate({ to: '/signing', search: { scope: id } });
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <ActionDialog
      opened
      title={batch.signTitle}
      means={batch.signMeans(ids.length)}
      confirm={batch.sign(ids.length)}
      busy={busy}
      error={error}
      onConfirm={() => void start()}
      onClose={onClose}
    >
      {unread > 0 ? (
        <Alert color="amber" variant="outline">
          {batch.notAllViewed(unread)}
        </Alert>
      ) : null}
      <PasswordInput
        label={documents.outgoing.pin}
        value={pin}
        onChange={(event) => setPin(event.currentTarget.value)}
        inputMode="numeric"
        autoComplete="off"
        required
        data-autofocus
      />
    </ActionDialog>
  );
}

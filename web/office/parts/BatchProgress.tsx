import { Alert, Anchor, Button, Checkbox, Group, PasswordInput, Progress, Stack, Text } from '@mantine/core';
import { IconPlayerPause } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { batchView, type BatchItemState, type BatchView } from '#contracts/documents';
import { ask } from '../../ui/api.ts';
import { PageHead } from '../../ui/PageHead.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { ProblemAlert } from '../../ui/ProblemAlert.tsx';
import { Tag, type Tone } from '../../ui/Tag.tsx';
import { useLanguage, useTexts } from '../../ui/language.tsx';
import { useCommand } from '../../ui/useCommand.ts';
import { Waiting } from '../../ui/Waiting.tsx';
import { useSigningTexts } from '../signingTexts.ts';
import classes from '../pages/Signing.module.css';

const tones: Readonly<Record<BatchItemState, Tone>> = {
  queued: 'neutral',
  signing: 'active',
  signed: 'good',
  failed: 'bad',
  skipped: 'neutral',
};

/** A batch as it is signed: looking at it keeps it going, closing the page stops it. */
export function BatchProgress({ id }: { readonly id: string }): ReactNode {
  const { common } = useTexts();
  const signing = useSigningTexts();
  const { language } = useLanguage();
  const { batch } = signing;
  const url = `/api/documents/batches/${id}`;
  const { data, error } = useQuery({
    queryKey: ['batch', id],
    queryFn: ({ signal }) => ask(url, batchView, signal),
    refetchInterval: (query) => (query.state.data?.state === 'running' ? 1_000 : 10_000),
    // Another tab in front is not an empty chair.
    refetchIntervalInBackground: true,
  });
  const pause = useCommand(`${url}/pause`, batchView);
  if (error) return <ProblemAlert error={error} />;
  if (!data) return <Waiting label={common.loading} />;
  const { counts, items } = data;
  const signed = counts.signed ?? 0;
  return (
    <>
      <PageHead
        title={batch.progress}
        about={
          <>
            <Tag tone={data.state === 'done' ? 'good' : data.state === 'running' ? 'active' : 'soon'}>
              {batch.state[data.state]}
            </Tag>{' '}
            <span role="status">{batch.done(signed, items.length)}</span>
          </>
        }
        actions={
          data.state === 'running' ? (
            <Button
              variant="default"
              leftSection={<IconPlayerPause size={18} />}
              loading={pause.isPending}
              onClick={() => pause.mutate({})}
            >
              {batch.pause}
            </Button>
          ) : (
            <Anchor component={Link} to="/signing">
              {batch.back}
            </Anchor>
          )
        }
      />
      <Stack>
        <Progress
          value={(100 * signed) / items.length}
          size="lg"
          aria-label={batch.done(signed, items.length)}
          color="leaf"
        />
        {data.cause ? (
          <Alert color="amber" variant="outline" icon={<IconPlayerPause />} title={batch.state.paused}>
            {data.cause[language]}
          </Alert>
        ) : null}
        <ProblemAlert error={pause.error} />
        {data.state === 'running' ? null : <Resume data={data} url={url} />}
        <Panel title={batch.title}>
          <ol className={classes.results}>
            {items.map((item) => (
              <li key={item.documentId} className={classes.result}>
                <span className={classes.number}>{item.position}</span>
                <Anchor component={Link} to={`/outgoing/${item.documentId}`}>
                  {item.typeName}: {item.abstract}
                </Anchor>
                <span className={classes.state}>
                  <Tag tone={tones[item.state]}>{batch.item[item.state]}</Tag>
                  {item.state === 'queued' || item.state === 'failed' ? (
                    <Skip url={url} documentId={item.documentId} abstract={item.abstract} />
                  ) : null}
                </span>
                {item.cause ? <span className={classes.cause}>{item.cause[language]}</span> : null}
              </li>
            ))}
          </ol>
        </Panel>
      </Stack>
    </>
  );
}

function Skip({
  url,
  documentId,
  abstract,
}: {
  readonly url: string;
  readonly documentId: string;
  readonly abstract: string;
}): ReactNode {
  const signing = useSigningTexts();
  const run = useCommand(`${url}/skip`, batchView);
  return (
    <Button
      size="compact-sm"
      variant="default"
      loading={run.isPending}
      onClick={() => run.mutate({ documentId })}
      aria-label={signing.batch.skipOf(abstract)}
    >
      {signing.batch.skip}
    </Button>
  );
}

/** Going on asks for the PIN again: the key was forgotten when the batch stopped. */
function Resume({ data, url }: { readonly data: BatchView; readonly url: string }): ReactNode {
  const { documents } = useTexts();
  const signing = useSigningTexts();
  const { batch } = signing;
  const [pin, setPin] = useState('');
  const [retryFailed, setRetryFailed] = useState(false);
  const run = useCommand(`${url}/run`, batchView, () => setPin(''));
  const { queued = 0, failed = 0 } = data.counts;
  const count = queued + (retryFailed ? failed : 0);
  if (queued + failed === 0) return null;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (count > 0) run.mutate({ pin, retryFailed });
      }}
    >
      <ProblemAlert error={run.error} />
      <Group align="flex-end">
        <PasswordInput
          label={documents.outgoing.pin}
          value={pin}
          onChange={(event) => setPin(event.currentTarget.value)}
          inputMode="numeric"
          autoComplete="off"
          required
          w={240}
        />
        <Button type="submit" loading={run.isPending} disabled={count === 0}>
          {batch.resume(count)}
        </Button>
        {failed > 0 ? (
          <Checkbox
            label={<Text size="sm">{batch.retry}</Text>}
            checked={retryFailed}
            onChange={(event) => setRetryFailed(event.currentTarget.checked)}
          />
        ) : null}
      </Group>
    </form>
  );
}

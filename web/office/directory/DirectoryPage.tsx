import { ActionIcon, Anchor, Button, Loader, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconBuilding, IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { directorySearchAnswer, treeAnswer } from '#contracts/directory';
import { ask } from '../../ui/api.ts';
import { DateField } from '../../ui/DateField.tsx';
import { EmptyNote } from '../../ui/EmptyNote.tsx';
import { formatDate } from '../../ui/format.ts';
import { PageHead } from '../../ui/PageHead.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { ProblemAlert } from '../../ui/ProblemAlert.tsx';
import { withParameters } from '../documents.ts';
import classes from './directory.module.css';
import { useDirectoryTexts } from './texts.ts';

const treeQuery = (parent: string | undefined, on: string) => ({
  queryKey: ['directory', 'tree', parent ?? '', on],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    ask(withParameters('/api/directory/tree', { parent, on }), treeAnswer, signal),
});

/** The directory on any day: a tree, and a search over the names and codes of all times. */
export function DirectoryPage(): ReactNode {
  const texts = useDirectoryTexts();
  const [on, setOn] = useState('');
  const [text, setText] = useState('');
  const [wanted] = useDebouncedValue(text.trim(), 250);
  const top = useQuery(treeQuery(undefined, on));
  return (
    <>
      <PageHead
        title={texts.title}
        about={top.data ? texts.about(top.data.total.toLocaleString('vi-VN'), formatDate(top.data.on)) : ''}
        actions={
          <>
            <Button component={Link} to="/directory/decisions" variant="default">
              {texts.decisions}
            </Button>
            <Button component={Link} to="/directory/editions" variant="default">
              {texts.editions}
            </Button>
          </>
        }
      />
      <div className={classes.bar}>
        <TextInput
          label={texts.search}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          type="search"
        />
        <DateField label={texts.on} value={on} onChange={setOn} />
      </div>
      <ProblemAlert error={top.error} />
      {wanted === '' ? (
        <Panel title={texts.tree}>
          <ul className={classes.tree}>
            {top.data?.items.map((node) => (
              <Node key={node.id} node={node} on={on} />
            ))}
          </ul>
        </Panel>
      ) : (
        <Found text={wanted} on={on} />
      )}
    </>
  );
}

type TreeItem = NonNullable<ReturnType<typeof treeAnswer.parse>>['items'][number];

function Node({ node, on }: { readonly node: TreeItem; readonly on: string }): ReactNode {
  const texts = useDirectoryTexts();
  const [open, setOpen] = useState(false);
  const below = useQuery({ ...treeQuery(node.id, on), enabled: open });
  return (
    <li>
      <div className={classes.node}>
        {node.children > 0 ? (
          <ActionIcon
            variant="subtle"
            aria-expanded={open}
            aria-label={texts.open(node.name)}
            onClick={() => setOpen(!open)}
          >
            {open ? <IconChevronDown size={18} /> : <IconChevronRight size={18} />}
          </ActionIcon>
        ) : (
          <span />
        )}
        <Anchor component={Link} to={`/directory/${node.id}`}>
          {node.name}
        </Anchor>
        <span className={classes.code}>{node.code}</span>
      </div>
      {open && below.isPending ? <Loader size="sm" ml="xl" /> : null}
      {open && below.data ? (
        <ul>
          {below.data.items.map((child) => (
            <Node key={child.id} node={child} on={on} />
          ))}
        </ul>
      ) : null}
    </li>
  );
}

function Found({ text, on }: { readonly text: string; readonly on: string }): ReactNode {
  const texts = useDirectoryTexts();
  const found = useQuery({
    queryKey: ['directory', 'search', text, on],
    queryFn: ({ signal }) =>
      ask(withParameters('/api/directory/search', { text, on }), directorySearchAnswer, signal),
  });
  if (found.error) return <ProblemAlert error={found.error} />;
  if (found.data?.items.length === 0)
    return (
      <EmptyNote icon={IconBuilding} title={texts.nothingFound}>
        {texts.nothingFoundNext}
      </EmptyNote>
    );
  return (
    <Panel>
      <ul className={classes.tree} aria-live="polite">
        {found.data?.items.map((item) => (
          <li key={`${item.id}-${item.from}-${item.name}`} className={classes.node}>
            <span />
            <div>
              <Anchor component={Link} underline="always" to={`/directory/${item.id}`}>
                {item.name}
              </Anchor>{' '}
              <span className={classes.code}>
                {texts.was(formatDate(item.from), item.to && formatDate(item.to))}
              </span>
              {item.now === null ? <div>{texts.nobody}</div> : null}
              {item.now && (item.now.heir || item.now.name !== item.name) ? (
                <div>
                  {item.now.heir ? texts.answeredBy : texts.nowCalled}{' '}
                  <Anchor component={Link} underline="always" to={`/directory/${item.now.id}`}>
                    {item.now.name}
                  </Anchor>{' '}
                  <span className={classes.code}>{item.now.code}</span>
                </div>
              ) : null}
            </div>
            <span className={classes.code}>
              {item.code} · {item.code102}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

import { Button, MultiSelect, Select, Stack, Text, TextInput } from '@mantine/core';
import { IconSignature } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { documentTypes } from '#contracts/documents';
import {
  authoritiesAnswer,
  grantedCapacities,
  type GrantedCapacity,
  type SigningAuthority,
} from '#contracts/signatures';
import { ask } from '../../ui/api.ts';
import { DateField } from '../../ui/DateField.tsx';
import { EmptyNote } from '../../ui/EmptyNote.tsx';
import { formatDate, formatDateTime } from '../../ui/format.ts';
import { PageHead } from '../../ui/PageHead.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { ProblemAlert } from '../../ui/ProblemAlert.tsx';
import { Tag, type Tone } from '../../ui/Tag.tsx';
import { useTexts } from '../../ui/language.tsx';
import { useCommand } from '../../ui/useCommand.ts';
import { Waiting } from '../../ui/Waiting.tsx';
import { peopleQuery, unitsQuery } from '../lookups.ts';
import { ActionDialog } from '../parts/ActionDialog.tsx';
import { useSigningTexts } from '../signingTexts.ts';
import classes from './Authorities.module.css';

const url = '/api/signatures/authorities';
const today = (): string => new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10);
const tones: Readonly<Record<SigningAuthority['state'], Tone>> = {
  'in-force': 'good',
  future: 'soon',
  ended: 'neutral',
  revoked: 'bad',
};

/** Who may sign as what, by which decision, with its history (S3.5). */
export function AuthoritiesPage(): ReactNode {
  const { common } = useTexts();
  const signing = useSigningTexts();
  const { authorities } = signing;
  const query = useQuery({
    queryKey: ['authorities'],
    queryFn: ({ signal }) => ask(url, authoritiesAnswer, signal),
  });
  const [adding, setAdding] = useState(false);
  const [revoking, setRevoking] = useState<SigningAuthority | null>(null);
  if (query.error) return <ProblemAlert error={query.error} />;
  if (!query.data) return <Waiting label={common.loading} />;
  const { heads, items, mayChange } = query.data;
  return (
    <>
      <PageHead
        title={authorities.title}
        about={authorities.about}
        actions={mayChange ? <Button onClick={() => setAdding(true)}>{authorities.add}</Button> : undefined}
      />
      <div className={classes.page}>
        <Panel title={authorities.heads}>
          {heads.length === 0 ? <Text>{authorities.noHead}</Text> : null}
          <ul className={classes.list}>
            {heads.map((head) => (
              <li key={head.id} className={classes.entry}>
                <strong>{head.name}</strong>
                <span>{head.post}</span>
                <span className={classes.quiet}>{head.basis}</span>
              </li>
            ))}
          </ul>
        </Panel>
        <Panel title={authorities.grants}>
          {items.length === 0 ? (
            <EmptyNote icon={IconSignature} title={authorities.empty}>
              {authorities.emptyNext}
            </EmptyNote>
          ) : (
            <ul className={classes.list}>
              {items.map((item) => (
                <Entry key={item.id} item={item} onRevoke={mayChange ? () => setRevoking(item) : undefined} />
              ))}
            </ul>
          )}
        </Panel>
      </div>
      {adding ? <GrantDialog onClose={() => setAdding(false)} /> : null}
      {revoking ? <RevokeDialog item={revoking} onClose={() => setRevoking(null)} /> : null}
    </>
  );
}

function Entry({
  item,
  onRevoke,
}: {
  readonly item: SigningAuthority;
  readonly onRevoke: (() => void) | undefined;
}): ReactNode {
  const signing = useSigningTexts();
  const { authorities } = signing;
  const names = new Map(documentTypes.map((type) => [type.code, type.name]));
  return (
    <li className={classes.entry} data-over={item.state === 'ended' || item.state === 'revoked'}>
      <span className={classes.line}>
        <strong>
          {item.capacity} {item.person.name}
        </strong>
        <span>{item.person.post}</span>
        <Tag tone={tones[item.state]}>{authorities.state[item.state]}</Tag>
      </span>
      <span>
        {item.types.length === 0
          ? authorities.allTypes
          : item.types.map((code) => names.get(code) ?? code).join(', ')}
        {' · '}
        {item.units.length === 0 ? authorities.allUnits : item.units.map((unit) => unit.name).join(', ')}
      </span>
      <span>
        {item.basis} ·{' '}
        {authorities.period(formatDate(item.validFrom), item.validTo && formatDate(item.validTo))}
      </span>
      <span className={classes.quiet}>
        {authorities.entered(item.grantedBy, formatDateTime(item.grantedAt))}
      </span>
      {item.revoked ? (
        <span className={classes.quiet}>
          {authorities.revoked(formatDate(item.revoked.from), item.revoked.by, item.revoked.reason)}
        </span>
      ) : null}
      {onRevoke && item.revoked === null && item.state !== 'ended' ? (
        <Button
          className={classes.act}
          size="xs"
          variant="outline"
          color="seal"
          onClick={onRevoke}
          aria-label={`${authorities.revoke}: ${item.capacity} ${item.person.name}`}
        >
          {authorities.revoke}
        </Button>
      ) : null}
    </li>
  );
}

function GrantDialog({ onClose }: { onClose(): void }): ReactNode {
  const { documents } = useTexts();
  const signing = useSigningTexts();
  const { authorities } = signing;
  const people = useQuery(peopleQuery());
  const units = useQuery(unitsQuery);
  const [person, setPerson] = useState<string | null>(null);
  const [capacity, setCapacity] = useState<GrantedCapacity>('KT.');
  const [types, setTypes] = useState<string[]>([]);
  const [fields, setFields] = useState<string[]>([]);
  const [basis, setBasis] = useState('');
  const [from, setFrom] = useState(today);
  const [to, setTo] = useState('');
  const run = useCommand(url, authoritiesAnswer, onClose);
  return (
    <ActionDialog
      opened
      title={authorities.add}
      confirm={authorities.add}
      busy={run.isPending}
      error={run.error}
      onConfirm={() =>
        run.mutate({
          personId: person,
          capacity,
          types,
          units: fields,
          basis,
          validFrom: from,
          validTo: to === '' ? null : to,
        })
      }
      onClose={onClose}
    >
      <Select
        label={authorities.person}
        data={(people.data?.items ?? [])
          .filter((one) => one.roles.includes('leader') || one.roles.includes('head'))
          .map((one) => ({ value: one.id, label: `${one.fullName} · ${one.post}` }))}
        value={person}
        onChange={setPerson}
        required
      />
      <Select
        label={authorities.capacity}
        data={grantedCapacities.map((value) => ({ value, label: documents.outgoing.capacity[value] }))}
        value={capacity}
        onChange={(next) => next && setCapacity(next as GrantedCapacity)}
        allowDeselect={false}
      />
      <MultiSelect
        label={authorities.types}
        placeholder={types.length === 0 ? authorities.allTypes : ''}
        data={documentTypes.map((type) => ({ value: type.code, label: type.name }))}
        value={types}
        onChange={setTypes}
        searchable
        clearable
      />
      <MultiSelect
        label={authorities.units}
        placeholder={fields.length === 0 ? authorities.allUnits : ''}
        data={(units.data?.items ?? []).map((unit) => ({ value: unit.id, label: unit.name }))}
        value={fields}
        onChange={setFields}
        searchable
        clearable
      />
      <TextInput
        label={authorities.basis}
        description={authorities.basisHint}
        value={basis}
        onChange={(event) => setBasis(event.currentTarget.value)}
        maxLength={300}
        required
      />
      <div className={classes.dates}>
        <DateField label={authorities.from} value={from} onChange={setFrom} required />
        <DateField label={authorities.to} value={to} onChange={setTo} />
      </div>
      <Text size="sm">{authorities.toHint}</Text>
    </ActionDialog>
  );
}

function RevokeDialog({ item, onClose }: { readonly item: SigningAuthority; onClose(): void }): ReactNode {
  const signing = useSigningTexts();
  const { authorities } = signing;
  const [from, setFrom] = useState(today);
  const [reason, setReason] = useState('');
  const run = useCommand(`${url}/${item.id}/revoke`, authoritiesAnswer, onClose);
  return (
    <ActionDialog
      opened
      title={authorities.revokeTitle}
      means={authorities.revokeMeans}
      confirm={authorities.revoke}
      danger
      busy={run.isPending}
      error={run.error}
      onConfirm={() => run.mutate({ from, reason })}
      onClose={onClose}
    >
      <Stack gap="sm">
        <Text>
          {item.capacity} {item.person.name} · {item.basis}
        </Text>
        <DateField label={authorities.revokeFrom} value={from} onChange={setFrom} required />
        <TextInput
          label={authorities.reason}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          maxLength={500}
          required
          data-autofocus
        />
      </Stack>
    </ActionDialog>
  );
}

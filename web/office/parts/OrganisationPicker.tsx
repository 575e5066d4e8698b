import { MultiSelect } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useRef, useState, type ReactNode } from 'react';
import { useTexts } from '../../ui/language.tsx';
import { organisationsQuery } from '../lookups.ts';

export interface ChosenOrganisation {
  readonly id: string;
  readonly name: string;
  readonly code: string;
}

/** Chooses receivers by name, with or without marks, or by code; the server searches and ranks. */
export function OrganisationPicker({
  value,
  onChange,
  error,
}: {
  readonly value: readonly ChosenOrganisation[];
  onChange(next: ChosenOrganisation[]): void;
  readonly error?: ReactNode;
}): ReactNode {
  const { documents } = useTexts();
  const [text, setText] = useState('');
  const [asked] = useDebouncedValue(text, 150);
  const found = useQuery({ ...organisationsQuery(asked), placeholderData: (before) => before });
  const known = useRef(new Map<string, ChosenOrganisation>());
  const choices = useMemo(() => {
    for (const organisation of [...value, ...(found.data?.items ?? [])])
      known.current.set(organisation.id, organisation);
    const ids = new Set([
      ...(found.data?.items ?? []).map((item) => item.id),
      ...value.map((item) => item.id),
    ]);
    return [...ids].map((id) => {
      const organisation = known.current.get(id) as ChosenOrganisation;
      return { value: id, label: `${organisation.name} (${organisation.code})` };
    });
  }, [found.data, value]);
  return (
    <MultiSelect
      label={documents.outgoing.recipients}
      description={documents.outgoing.recipientsHint}
      error={error}
      data={choices}
      value={value.map((organisation) => organisation.id)}
      onChange={(ids) => onChange(ids.map((id) => known.current.get(id) as ChosenOrganisation))}
      searchable
      searchValue={text}
      onSearchChange={setText}
      filter={({ options }) => options}
      hidePickedOptions
      nothingFoundMessage={documents.incoming.emptySearch}
    />
  );
}

import { MultiSelect } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState, type ReactNode } from 'react';
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
  // Those that were chosen stay known while the search moves on.
  const known = useMemo(
    () =>
      new Map(
        [...(found.data?.items ?? []), ...value].map((organisation) => [
          organisation.id,
          organisation as ChosenOrganisation,
        ]),
      ),
    [found.data, value],
  );
  const choices = [...known.values()].map((organisation) => ({
    value: organisation.id,
    label: `${organisation.name} (${organisation.code})`,
  }));
  return (
    <MultiSelect
      label={documents.outgoing.recipients}
      description={documents.outgoing.recipientsHint}
      error={error}
      data={choices}
      value={value.map((organisation) => organisation.id)}
      onChange={(ids) => onChange(ids.flatMap((id) => known.get(id) ?? []))}
      searchable
      searchValue={text}
      onSearchChange={setText}
      filter={({ options }) => options}
      hidePickedOptions
      nothingFoundMessage={documents.incoming.emptySearch}
    />
  );
}

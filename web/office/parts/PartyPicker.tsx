import { MultiSelect, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, type ReactNode } from 'react';
import { useTexts } from '../../ui/language.tsx';
import { peopleQuery, unitsQuery } from '../lookups.ts';

export interface Party {
  readonly kind: 'unit' | 'person';
  readonly id: string;
}

const toValue = (party: Party): string => `${party.kind}:${party.id}`;
const fromValue = (value: string): Party => {
  const [kind, id] = value.split(':') as ['unit' | 'person', string];
  return { kind, id };
};

function usePartyChoices(): { group: string; items: { value: string; label: string }[] }[] {
  const { work } = useTexts();
  const units = useQuery(unitsQuery);
  const people = useQuery(peopleQuery());
  return useMemo(
    () => [
      {
        group: work.direction.units,
        items: (units.data?.items ?? []).map((unit) => ({ value: `unit:${unit.id}`, label: unit.name })),
      },
      {
        group: work.direction.people,
        items: (people.data?.items ?? []).map((person) => ({
          value: `person:${person.id}`,
          label: `${person.fullName} · ${person.post}`,
        })),
      },
    ],
    [work, units.data, people.data],
  );
}

export function PartyPicker({
  label,
  value,
  onChange,
  description,
  required = false,
}: {
  readonly label: string;
  readonly value: Party | null;
  onChange(next: Party | null): void;
  readonly description?: string;
  readonly required?: boolean;
}): ReactNode {
  return (
    <Select
      label={label}
      description={description}
      required={required}
      data={usePartyChoices()}
      value={value ? toValue(value) : null}
      onChange={(next) => onChange(next ? fromValue(next) : null)}
      searchable
      clearable
    />
  );
}

export function PartiesPicker({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: readonly Party[];
  onChange(next: Party[]): void;
}): ReactNode {
  return (
    <MultiSelect
      label={label}
      data={usePartyChoices()}
      value={value.map(toValue)}
      onChange={(next) => onChange(next.map(fromValue))}
      searchable
      hidePickedOptions
    />
  );
}

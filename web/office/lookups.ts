import { queryOptions } from '@tanstack/react-query';
import { organisationsAnswer, unitsAnswer } from '#contracts/directory';
import { peopleAnswer } from '#contracts/identity';
import { ask } from '../ui/api.ts';

/** Organisations by name (marks optional) or code in pieces. */
export const organisationsQuery = (text: string) =>
  queryOptions({
    queryKey: ['organisations', text],
    staleTime: 300_000,
    queryFn: ({ signal }) =>
      ask(`/api/organisations?limit=20&text=${encodeURIComponent(text)}`, organisationsAnswer, signal),
  });

export const unitsQuery = queryOptions({
  queryKey: ['units'],
  staleTime: 300_000,
  queryFn: ({ signal }) => ask('/api/units', unitsAnswer, signal),
});

export const peopleQuery = (role?: string) =>
  queryOptions({
    queryKey: ['people', role ?? ''],
    staleTime: 300_000,
    queryFn: ({ signal }) => ask(`/api/people${role ? `?role=${role}` : ''}`, peopleAnswer, signal),
  });

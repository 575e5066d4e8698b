import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import {
  incomingDetail,
  incomingListAnswer,
  nextAnswer,
  outgoingDetail,
  outgoingListAnswer,
  settingsAnswer,
} from '#contracts/documents';
import { workOfDocument } from '#contracts/work';
import { ask } from '../ui/api.ts';
import type { ListSearch } from './router.tsx';

/** An address with only those parameters that have a value. */
export function withParameters(
  path: string,
  parameters: Readonly<Record<string, string | undefined>>,
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined && value !== '') search.set(name, value);
  const text = search.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** How often open pages look again, in milliseconds. */
const fresh = 5_000;

export const incomingListQuery = (search: ListSearch) =>
  infiniteQueryOptions({
    queryKey: ['incoming', 'list', search],
    initialPageParam: '',
    refetchInterval: fresh,
    queryFn: ({ pageParam, signal }) =>
      ask(
        withParameters('/api/documents/incoming', { ...search, cursor: pageParam }),
        incomingListAnswer,
        signal,
      ),
    getNextPageParam: (page) => page.next ?? undefined,
  });

export const outgoingListQuery = (search: ListSearch) =>
  infiniteQueryOptions({
    queryKey: ['outgoing', 'list', search],
    initialPageParam: '',
    refetchInterval: fresh,
    queryFn: ({ pageParam, signal }) =>
      ask(
        withParameters('/api/documents/outgoing', { ...search, cursor: pageParam }),
        outgoingListAnswer,
        signal,
      ),
    getNextPageParam: (page) => page.next ?? undefined,
  });

export const incomingQuery = (id: string) =>
  queryOptions({
    queryKey: ['incoming', id],
    refetchInterval: fresh,
    queryFn: ({ signal }) => ask(`/api/documents/incoming/${id}`, incomingDetail, signal),
  });

export const outgoingQuery = (id: string) =>
  queryOptions({
    queryKey: ['outgoing', id],
    refetchInterval: fresh,
    queryFn: ({ signal }) => ask(`/api/documents/outgoing/${id}`, outgoingDetail, signal),
  });

export const nextIncomingQuery = (after?: string) =>
  queryOptions({
    queryKey: ['incoming', 'next', after ?? ''],
    queryFn: ({ signal }) =>
      ask(withParameters('/api/documents/incoming/next', { after }), nextAnswer, signal),
  });

export const workQuery = (incomingId: string) =>
  queryOptions({
    queryKey: ['work', incomingId],
    refetchInterval: fresh,
    queryFn: ({ signal }) => ask(`/api/work/incoming/${incomingId}`, workOfDocument, signal),
  });

export const settingsQuery = queryOptions({
  queryKey: ['settings'],
  staleTime: 300_000,
  queryFn: ({ signal }) => ask('/api/documents/settings', settingsAnswer, signal),
});

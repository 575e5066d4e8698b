import { queryOptions } from '@tanstack/react-query';
import { sessionAnswer } from '#contracts/identity';
import { ApiProblem, ask } from '../ui/api.ts';

/** Who is signed in; null when nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  staleTime: 60_000,
  queryFn: async ({ signal }) => {
    try {
      return await ask('/api/session', sessionAnswer, signal);
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) return null;
      throw error;
    }
  },
});

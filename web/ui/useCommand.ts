import { useMutation, useQueryClient, type UseMutationResult } from '@tanstack/react-query';
import { useRef } from 'react';
import type { z } from 'zod';
import { ApiProblem, tell } from './api.ts';

/**
 * A command of a page. One intention keeps one key until it has an answer, so that pressing again after a lost
 * answer has one effect (S2.10); what the answer changes is asked for again.
 */
export function useCommand<Body, Answer extends z.ZodType>(
  path: string,
  answer: Answer,
  onDone?: (result: z.infer<Answer>) => void | Promise<void>,
): UseMutationResult<z.infer<Answer>, unknown, Body> {
  const queries = useQueryClient();
  const pending = useRef<{ body: string; key: string } | null>(null);
  return useMutation({
    mutationFn: async (body: Body) => {
      const text = JSON.stringify(body);
      if (pending.current?.body !== text) pending.current = { body: text, key: crypto.randomUUID() };
      try {
        const result = await tell(path, body, answer, { key: pending.current.key });
        pending.current = null;
        return result;
      } catch (error) {
        // A refusal is an answer: the next try is a new intention.
        if (error instanceof ApiProblem && error.status >= 400 && error.status < 500) pending.current = null;
        throw error;
      }
    },
    onSuccess: async (result) => {
      await onDone?.(result);
      await queries.invalidateQueries({
        predicate: (query) =>
          !['session', 'organisations', 'units', 'people', 'settings'].includes(String(query.queryKey[0])),
      });
    },
  });
}

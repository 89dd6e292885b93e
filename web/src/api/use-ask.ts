import { QueryClient, useMutation, useQuery } from '@tanstack/react-query';
import type { Query } from '../../../src/http-client/wire.ts';
import { ask } from './service.ts';

/** What was asked is kept for a while, so that a page one comes back to is there at once, and asked anew behind it. */
export const asked = new QueryClient({
  // The transport has the patience (src/http-client/transport.ts, T1, T2).
  defaultOptions: { queries: { retry: false, staleTime: 1000, gcTime: 300_000 }, mutations: { retry: false } },
});

interface AskOptions {
  query?: Query;
  /** Asks again every so many ms, while the page is seen. */
  everyMs?: number;
  /** Shows what was there for the question before until the new answer comes: lists that are filtered. */
  keepOld?: boolean;
}

/** What is known of an answer. `error` may stand beside `data`: then that is what was known before. */
export interface Asked<Answer> {
  data: Answer | undefined;
  error: Error | null;
  isLoading: boolean;
  refetch: () => void;
}

/** Asks a route, keeps the answer by path and query, and draws anew when it changed. @param path null: nothing is asked */
export function useAsk<Answer>(path: string | null, options: AskOptions = {}): Asked<Answer> {
  const { query = {}, everyMs, keepOld = false } = options;
  const { data, error, isLoading, refetch } = useQuery<Answer>({
    queryKey: [path, query],
    queryFn: ({ signal }) => ask<Answer>(path!, { query, signal }),
    enabled: path !== null,
    ...(everyMs !== undefined && { refetchInterval: everyMs }),
    ...(keepOld && { placeholderData: (old: unknown) => old as never }),
  });
  return { data, error, isLoading, refetch: () => void refetch() };
}

/** Asks anew whatever begins with these paths. */
export function askAnew(...paths: readonly string[]): void {
  void asked.invalidateQueries({
    predicate: ({ queryKey: [path] }) => typeof path === 'string' && paths.some((each) => path.startsWith(each)),
  });
}

interface SendOptions<Result> {
  /** Paths whose answers are others afterwards. */
  about: readonly string[];
  done?: (result: Result) => void;
}

/** Does something that a button is for: once at a time, with what went wrong beside it. */
export function useSend<Input, Result>(send: (input: Input) => Promise<Result>, { about, done }: SendOptions<Result>) {
  const { mutate, isPending, error, reset } = useMutation<Result, Error, Input>({
    mutationFn: send,
    onSuccess: (result) => done?.(result),
    onSettled: () => askAnew(...about),
  });
  return { send: (input: Input): void => mutate(input), isBusy: isPending, error, reset };
}

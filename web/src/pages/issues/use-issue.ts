import { useQuery } from '@tanstack/react-query';
import { askTagged, at } from '../../api/service.ts';
import type { WholeIssue } from './types.ts';

/** An issue as it was seen: what a change of it names is its `tag`. */
export interface SeenIssue {
  answer: WholeIssue;
  tag: string | null;
}

/** An issue, which is asked for again and again while it is looked at. */
export function useIssue(board: string, number: string) {
  const path = at`/api/issues/${board}/${number}`;
  const { data, error, refetch } = useQuery<SeenIssue>({
    queryKey: [path, 'tagged'],
    queryFn: () => askTagged<WholeIssue>(path),
    refetchInterval: 4000,
  });
  return { path, seen: data, error, refetch };
}

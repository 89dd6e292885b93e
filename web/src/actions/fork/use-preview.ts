import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { RunPreview } from '../../../../src/client/preview/preview.ts';
import { ask } from '../../api/service.ts';

/** What is known of what something would do. */
export interface Preview {
  /** Undefined: not known, or not any more. */
  data: RunPreview | undefined;
  error: Error | null;
  /** It is being found out; `data` may be that of a moment ago, which does not count. */
  isLoading: boolean;
}

const stillMs = 400;

/** What a fork or a retry would do, found out anew when whoever makes it up pauses. @param path null: nothing is asked */
export function usePreview(path: string | null, body: object | null): Preview & { shown: RunPreview | undefined } {
  const wanted = JSON.stringify(body);
  const [settled, setSettled] = useState(wanted);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(wanted), stillMs);
    return () => clearTimeout(timer);
  }, [wanted]);
  const { data, error, isFetching, isPlaceholderData } = useQuery<RunPreview>({
    queryKey: [path, 'preview', settled],
    queryFn: ({ signal }) => ask<RunPreview>(path!, { method: 'POST', body: JSON.parse(settled) as object, signal }),
    enabled: path !== null && settled !== 'null',
    placeholderData: keepPreviousData,
  });
  const isOld = settled !== wanted || isPlaceholderData;
  const isKnown = path !== null && !isOld && !isFetching;
  return {
    ...{ data: isKnown ? data : undefined, error: isKnown ? error : null },
    isLoading: path !== null && !isKnown,
    shown: path === null ? undefined : data,
  };
}

import { pathPart } from '../../../../../src/http-client/run-path.ts';
import { useAsk, type Asked } from '../../../api/use-ask.ts';
import { useLive } from '../../../live/run-store.ts';

/** A part of the run of the page, asked anew every so many ms while it goes on. What was there stays until the new answer comes. */
export function usePart<Answer>(part: string, everyMs?: number): Asked<Answer> {
  const { id, isBegun, isOver } = useLive((run) => ({
    id: run.id,
    isBegun: run.lastSeq > 0,
    isOver: run.connection === 'over',
  }));
  return useAsk<Answer>(isBegun ? `/api/runs/${pathPart(id)}${part}` : null, {
    ...(everyMs !== undefined && !isOver && { everyMs }),
    keepOld: true,
  });
}

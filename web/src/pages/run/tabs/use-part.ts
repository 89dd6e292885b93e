import { pathPart } from '../../../../../src/http-client/run-path.ts';
import { useAsk, type Asked } from '../../../api/use-ask.ts';
import { useLive } from '../../../live/run-store.ts';

/**
 * A part of the run of the page. It is asked for anew when what is picked of the run has changed: what is picked goes along as no more than a
 * reason, so what was there stays until the new answer comes.
 */
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

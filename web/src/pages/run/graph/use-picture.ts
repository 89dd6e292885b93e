import { useEffect, useMemo } from 'react';
import type { Picture } from '../../../../../src/domain/picture/picture.ts';
import { at } from '../../../api/service.ts';
import { askAnew, useAsk } from '../../../api/use-ask.ts';
import { useLive } from '../../../live/run-store.ts';
import { type Scene, toScene } from './scene.ts';
import { toWorld } from './world.ts';

/** Tasks come in bursts: the picture is asked for anew at most so often, in ms. */
const growMs = 1500;

/** The picture of the run that the page is about, as it stands: fetched once, coloured by events, fetched anew when it grows. */
export function useScene(): { scene: Scene | null; error: Error | null } {
  const { id, tasks, widths } = useLive(({ id: runId, state }) => ({
    id: runId,
    tasks: state.tasks,
    widths: state.widths,
  }));
  const path = at`/api/runs/${id}/graph`;
  const { data, error } = useAsk<Picture>(path);
  const world = useMemo(() => (data ? toWorld(data) : null), [data]);
  const scene = useMemo(() => (world ? toScene(world, { tasks, widths }) : null), [world, tasks, widths]);
  const missing = scene?.missing ?? 0;
  useEffect(() => {
    if (missing === 0) return;
    const timer = setTimeout(() => askAnew(path), growMs);
    return () => clearTimeout(timer);
  }, [missing, data, path]);
  return { scene, error };
}

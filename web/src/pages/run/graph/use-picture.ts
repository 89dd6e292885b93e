import { useEffect, useMemo, useRef } from 'react';
import type { Picture } from '../../../../../src/domain/picture/picture.ts';
import type { RunState } from '../../../../../src/domain/run/run-state.ts';
import { at } from '../../../api/service.ts';
import { askAnew, useAsk } from '../../../api/use-ask.ts';
import { useLive } from '../../../live/run-store.ts';
import { type Scene, toScene } from './scene.ts';
import { toWorld, type World } from './world.ts';

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
  const scene = useScenes(world, { tasks, widths });
  const missing = scene?.missing ?? 0;
  useEffect(() => {
    if (missing === 0) return;
    const timer = setTimeout(() => askAnew(path), growMs);
    return () => clearTimeout(timer);
  }, [missing, data, path]);
  return { scene, error };
}

type Standing = Pick<RunState, 'tasks' | 'widths'>;

/** The scene of how things stand: the same one as before where nothing that it shows is another, as most events only say what an agent does. */
function useScenes(world: World | null, { tasks, widths }: Standing): Scene | null {
  const last = useRef<(Standing & { scene: Scene }) | null>(null);
  return useMemo(() => {
    if (!world) return null;
    const known = last.current;
    const isSame = known?.scene.world === world && known.widths === widths && areShownAlike(known.tasks, tasks);
    last.current = { tasks, widths, scene: isSame ? known.scene : toScene(world, { tasks, widths }) };
    return last.current.scene;
  }, [world, tasks, widths]);
}

function areShownAlike(before: Standing['tasks'], now: Standing['tasks']): boolean {
  if (before.size !== now.size) return false;
  for (const [id, task] of now) {
    const known = before.get(id);
    if (known === task) continue;
    if (known?.status !== task.status || known.attempt !== task.attempt || known.agent !== task.agent) return false;
    if (known.error !== task.error || known.waitsFor?.detail !== task.waitsFor?.detail) return false;
  }
  return true;
}

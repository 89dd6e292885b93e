import { useMemo, useRef } from 'react';
import { pathSoFar, type TaskTime } from '../../../../../src/domain/picture/path-so-far.ts';
import type { Scene } from './scene.ts';

const none: ReadonlySet<number> = new Set();

/** Boxes of the way that the run's time went by so far; before it began, of the longest way of its plan. Empty: it is not shown. */
export function usePath(scene: Scene, isShown: boolean): ReadonlySet<number> {
  const last = useRef(none);
  return useMemo(() => {
    const found = isShown ? new Set(pathOf(scene)) : none;
    // The same boxes are the same set, so that lines are not drawn anew for nothing.
    if (found.size !== last.current.size || [...found].some((box) => !last.current.has(box))) last.current = found;
    return last.current;
  }, [scene, isShown]);
}

function pathOf({ world, boxes }: Scene): number[] {
  const { picture } = world;
  const times: (TaskTime | undefined)[] = picture.tasks.map(() => undefined);
  for (const { members } of boxes) {
    for (const { task, state } of members) {
      if (!state?.startedAt) continue;
      const begin = Date.parse(state.startedAt);
      const end = state.endedAt === null ? null : Date.parse(state.endedAt);
      const known = times[task];
      times[task] = known
        ? {
            begin: Math.min(known.begin, begin),
            end: known.end === null || end === null ? null : Math.max(known.end, end),
          }
        : { begin, end };
    }
  }
  const soFar = pathSoFar(picture, times);
  return (soFar.length > 0 ? soFar : picture.path).map((task) => picture.tasks[task]![1]);
}

import { useEffect, useRef } from 'react';
import type { TaskDetail } from '../../../../../src/client/inspect/task-detail.ts';
import { askAnew, useAsk, type Asked } from '../../../api/use-ask.ts';
import { at } from '../../../api/service.ts';
import { useLive, useRun } from '../../../live/run-store.ts';

/** No more often is a task asked for anew, in ms, however much happens in it. */
const atMostEveryMs = 1200;

/** Path of what is told of a task. */
export function useTaskPath(task: string): string {
  const { id } = useRun();
  return at`/api/runs/${id}/tasks/${task}`;
}

/** A task with its attempts, asked for anew when its story or what it waits for goes on. */
export function useTask(task: string): Asked<TaskDetail> {
  const path = useTaskPath(task);
  const mark = useLive(({ state }) => {
    const known = state.tasks.get(task);
    const own = known && [known.status, known.attempt, known.turn, known.tokens, known.activity, known.error].join('/');
    return `${state.status}/${own ?? ''}`;
  });
  const last = useRef({ mark, at: 0 });
  useEffect(() => {
    if (last.current.mark === mark) return;
    const wait = Math.max(0, last.current.at + atMostEveryMs - Date.now());
    const timer = setTimeout(() => {
      last.current = { mark, at: Date.now() };
      askAnew(path);
    }, wait);
    return () => clearTimeout(timer);
  }, [mark, path]);
  return useAsk<TaskDetail>(path);
}

import { useLayoutEffect, useRef, type RefObject } from 'react';
import { useLive } from '../../../live/run-store.ts';
import { Plain } from '../../../untrusted/plain.tsx';
import styles from './transcript.module.css';

/** How near to its end something has to be scrolled to go with what comes, in pixels. */
const nearEnd = 60;

/** What the model says right now. Whoever reads at the end goes with it; whoever reads above stays where they are. */
export function LiveAnswer({ task, list }: { task: string; list: RefObject<HTMLDivElement | null> }) {
  const live = useLive(({ deltas }) => deltas.get(task) ?? null);
  const isWaiting = useLive(({ state }) => state.tasks.get(task)?.status === 'running');
  const wasAtEnd = useRef(false);
  const scroller = useRef<HTMLElement | null>(null);
  useLayoutEffect(() => {
    const found = scrollerOf(list.current);
    scroller.current = found;
    const note = (): void => void (wasAtEnd.current = isAtEnd(found));
    note();
    const heard = found === document.documentElement ? window : found;
    heard.addEventListener('scroll', note, { passive: true });
    return () => heard.removeEventListener('scroll', note);
  }, [list]);
  useLayoutEffect(() => {
    const { current: found } = scroller;
    if (found && wasAtEnd.current) found.scrollTop = found.scrollHeight;
  }, [live?.length]);
  if (!isWaiting && !live) return null;
  return (
    <div className={styles.turn} data-role="assistant" data-live>
      <div className={styles.turnHead}>
        <strong>{live ? `Turn ${live.turn} is being written` : 'At work'}</strong>
      </div>
      {live && <Plain text={live.text} label="What the model says right now" />}
    </div>
  );
}

function scrollerOf(element: HTMLElement | null): HTMLElement {
  for (let each = element?.parentElement; each; each = each.parentElement)
    if (/auto|scroll/.test(getComputedStyle(each).overflowY) && each.scrollHeight > each.clientHeight) return each;
  return document.documentElement;
}

function isAtEnd({ scrollTop, clientHeight, scrollHeight }: HTMLElement): boolean {
  return scrollTop > 0 && scrollTop + clientHeight >= scrollHeight - nearEnd;
}

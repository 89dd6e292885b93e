import { lazy, Suspense, useSyncExternalStore } from 'react';
import { useSearchParams } from 'wouter';
import { safeLine } from '../../../../src/domain/safe-text.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Loading } from '../../ui/surface.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { Divider, useShare } from './divider.tsx';
import { useSelection } from './selection.ts';
import styles from './page.module.css';

const RunGraph = lazy(async () => ({ default: (await import('./graph/run-graph.tsx')).RunGraph }));
const RunTimeline = lazy(async () => ({ default: (await import('./graph/run-timeline.tsx')).RunTimeline }));
const Inspector = lazy(async () => ({ default: (await import('./inspector/inspector.tsx')).Inspector }));

const pictures = [
  { id: 'graph', title: 'Graph' },
  { id: 'timeline', title: 'Timeline' },
] as const;

/** The picture of the run, and what is selected in it: side by side, or one over the other where there is no room. */
export function WorkArea() {
  const isNarrow = useNarrow();
  const [share, setShare] = useShare();
  const { task, select } = useSelection();
  return (
    <div className={styles.work} style={{ '--share': `${share}%` } as object}>
      <Picture />
      {isNarrow ? (
        <Dialog title={safeLine(task ?? '')} isOpen={task !== null} onClose={() => select(null)} isWide>
          <Inspected />
        </Dialog>
      ) : (
        <>
          <Divider share={share} onChange={setShare} />
          <section className={styles.pane} aria-label="Inspector">
            <div className={`${styles.paneBody} ${styles.inspected}`}>
              <Inspected />
            </div>
          </section>
        </>
      )}
    </div>
  );
}

function Picture() {
  const [search, setSearch] = useSearchParams();
  const current = search.get('view') === 'timeline' ? 'timeline' : 'graph';
  const show = (id: 'graph' | 'timeline'): void =>
    setSearch((before) => {
      const next = new URLSearchParams(before);
      if (id === 'graph') next.delete('view');
      else next.set('view', id);
      return next;
    });
  return (
    <section className={styles.pane} aria-label="Picture of the run">
      <div className={styles.paneHead}>
        <Tabs label="Picture" tabs={pictures} current={current} onChange={show} controls="run-picture" />
      </div>
      <div id="run-picture" className={`${styles.paneBody} ${styles.picture}`}>
        <Suspense fallback={<Loading />}>{current === 'graph' ? <RunGraph /> : <RunTimeline />}</Suspense>
      </div>
    </section>
  );
}

function Inspected() {
  return (
    <Suspense fallback={<Loading />}>
      <Inspector />
    </Suspense>
  );
}

const narrow = matchMedia('(max-width: 60rem)');

function useNarrow(): boolean {
  return useSyncExternalStore(
    (onChange) => {
      narrow.addEventListener('change', onChange);
      return () => narrow.removeEventListener('change', onChange);
    },
    () => narrow.matches,
  );
}

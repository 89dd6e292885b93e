import { lazy, Suspense, type ComponentType } from 'react';
import { useSearchParams } from 'wouter';
import { useLive } from '../../../live/run-store.ts';
import { Loading } from '../../../ui/surface.tsx';
import { Tabs, type Tab } from '../../../ui/tabs.tsx';
import styles from './tabs.module.css';

/** What is below the picture of a run; each part is loaded when it is looked at. */
const parts = {
  events: lazy(async () => ({ default: (await import('../events/event-stream.tsx')).EventStream })),
  messages: lazy(async () => ({ default: (await import('./messages-tab.tsx')).MessagesTab })),
  issues: lazy(async () => ({ default: (await import('./issues-tab.tsx')).IssuesTab })),
  state: lazy(async () => ({ default: (await import('./state-tab.tsx')).StateTab })),
  branches: lazy(async () => ({ default: (await import('./branches-tab.tsx')).BranchesTab })),
  checkpoints: lazy(async () => ({ default: (await import('./checkpoints-tab.tsx')).CheckpointsTab })),
  saga: lazy(async () => ({ default: (await import('./saga-tab.tsx')).SagaTab })),
  report: lazy(async () => ({ default: (await import('./report-tab.tsx')).ReportTab })),
  result: lazy(async () => ({ default: (await import('./result-tab.tsx')).ResultTab })),
} satisfies Record<string, ComponentType>;

type Part = keyof typeof parts;

const titles: Readonly<Record<Part, string>> = {
  events: 'Events',
  messages: 'Messages',
  issues: 'Issues',
  state: 'Shared state',
  branches: 'Branches',
  checkpoints: 'Checkpoints',
  saga: 'Undoing',
  report: 'Report',
  result: 'Result',
};

/** The parts of a run that are no picture; which one is shown stands in the address. */
export function RunTabs() {
  const [search, setSearch] = useSearchParams();
  const named = search.get('tab') ?? 'events';
  const current: Part = Object.hasOwn(parts, named) ? (named as Part) : 'events';
  const counts = useLive(({ state }) => ({
    messages: state.messages.sent,
    branches: Object.keys(state.coding?.branches ?? {}).length,
    checkpoints: state.checkpoints.length,
    saga: state.compensations.size,
  }));
  const tabs = Object.entries(titles).map(([id, title]): Tab<Part> => ({
    id: id as Part,
    title,
    count: counts[id as keyof typeof counts],
  }));
  const show = (id: Part): void =>
    setSearch((before) => {
      const next = new URLSearchParams(before);
      if (id === 'events') next.delete('tab');
      else next.set('tab', id);
      return next;
    });
  const Shown = parts[current];
  return (
    <section className={styles.tabs} aria-label="Parts of the run">
      <Tabs label="Parts of the run" tabs={tabs} current={current} onChange={show} controls="run-part" />
      <div id="run-part" role="tabpanel" aria-label={titles[current]} className={styles.part}>
        <Suspense fallback={<Loading />}>
          <Shown />
        </Suspense>
      </div>
    </section>
  );
}

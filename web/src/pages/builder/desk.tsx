import { lazy, Suspense } from 'react';
import { Button } from '../../ui/button.tsx';
import { Loading } from '../../ui/surface.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { useBuilder } from './builder-context.ts';
import { DryRun } from './dry-run.tsx';
import { PhasePanel } from './form/phase-panel.tsx';
import { manyTasks } from './picture/layout.ts';
import { ProblemList } from './form/problems.tsx';
import { TaskList } from './form/task-list.tsx';
import { TaskPanel } from './form/task-panel.tsx';
import { TextPane } from './text-pane.tsx';
import type { Workbench } from './use-workbench.ts';
import { WorkflowPanel } from './form/workflow-panel.tsx';
import styles from './workbench.module.css';

// Begins with the page, so that it is there when the text has been read.
const graph = import('./picture/graph.tsx');
const Graph = lazy(async () => ({ default: (await graph).Graph }));

/** The picture, and beside it what is chosen, the text, the mistakes, or what it would do. */
export function Desk({ bench }: { bench: Workbench }) {
  const { draft, tab, setTab, edge, setEdge, addTask, addPhase } = bench;
  const { problems, whyNot, outline } = useBuilder();
  const isStale = draft.answer?.outline?.whyNot !== null;
  const why = whyNot ?? undefined;
  return (
    <div className={styles.desk}>
      <section className={styles.picture} aria-label="Picture of the workflow">
        <div className={styles.tools}>
          <Button icon="plus" why={why} onClick={addTask}>
            Task
          </Button>
          <Button icon="plus" why={why} onClick={addPhase}>
            Phase
          </Button>
          {edge && (
            <Button why={why} onClick={bench.remove}>
              Take this dependency away
            </Button>
          )}
          {outline.tasks.length > manyTasks && <span className={styles.note}>Like ones are folded: List has all.</span>}
        </div>
        <Suspense fallback={<Loading what="Drawing" />}>
          <Graph isStale={isStale} chosenEdge={edge} onEdge={setEdge} />
        </Suspense>
      </section>
      <section className={styles.side} aria-label="Details">
        <Tabs
          label="Details"
          current={tab}
          onChange={setTab}
          controls="builder-side"
          tabs={[
            { id: 'form', title: 'Form' },
            { id: 'text', title: 'Text' },
            { id: 'problems', title: 'Problems', count: problems.length },
            { id: 'list', title: 'List' },
            { id: 'dry', title: 'Dry run' },
          ]}
        />
        <div id="builder-side" role="tabpanel" className={styles.sheet} aria-label="Details">
          <Sheet bench={bench} />
        </div>
      </section>
    </div>
  );
}

function Sheet({ bench: { draft, tab, wanted } }: { bench: Workbench }) {
  const { chosen, problems, choose, showLine, outline } = useBuilder();
  if (tab === 'text')
    return <TextPane text={draft.text} isBusy={draft.isBusy} problems={problems} wanted={wanted} onType={draft.type} />;
  if (tab === 'problems')
    return (
      <ProblemList
        problems={problems}
        onOpen={({ at, line, file }) => {
          if (at !== null) choose(at);
          if (line !== undefined && (at !== null || file === undefined || file === 'text')) showLine(line);
        }}
      />
    );
  if (tab === 'list') return <TaskList />;
  if (tab === 'dry')
    return <DryRun analysis={draft.isFresh ? (draft.answer?.analysis ?? null) : null} outline={outline} />;
  if (chosen.kind === 'task') return <TaskPanel task={chosen.task} />;
  return chosen.kind === 'phase' ? <PhasePanel phase={chosen.phase} index={chosen.index} /> : <WorkflowPanel />;
}

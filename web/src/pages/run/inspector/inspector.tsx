import { useSearchParams } from 'wouter';
import { safeLine } from '../../../../../src/domain/safe-text.ts';
import { useKeys } from '../../../shell/keys.tsx';
import { IconButton } from '../../../ui/button.tsx';
import { ProblemNotice } from '../../../ui/notice.tsx';
import { Status } from '../../../ui/status.tsx';
import { Copy, Loading } from '../../../ui/surface.tsx';
import { Tabs } from '../../../ui/tabs.tsx';
import { inspectorProps, useSelection } from '../selection.ts';
import { AttemptChooser } from './attempt-chooser.tsx';
import { CostPane } from './cost-pane.tsx';
import { EventsPane } from './events-pane.tsx';
import { FilesPane } from './files-pane.tsx';
import { InputOutputPane } from './input-output-pane.tsx';
import { RetriesPane } from './retries-pane.tsx';
import { RunSummary } from './run-summary.tsx';
import { TranscriptPane } from './transcript-pane.tsx';
import { useTask } from './use-task.ts';
import { WhyPane } from './why-pane.tsx';
import styles from './inspector.module.css';

const looks = ['why', 'transcript', 'io', 'files', 'cost', 'retries', 'events'] as const;
type Look = (typeof looks)[number];

/** What is known of the task that is selected; of none, which tasks of the run are worth a look. */
export function Inspector() {
  const { task } = useSelection();
  return (
    <section
      {...inspectorProps}
      className={styles.inspector}
      aria-label={task === null ? 'Tasks worth a look' : `Task ${safeLine(task)}`}
    >
      {task === null ? <RunSummary /> : <TaskInspector key={task} task={task} />}
    </section>
  );
}

function TaskInspector({ task }: { task: string }) {
  const { attempt: chosen, select } = useSelection();
  const [look, setLook] = useLook();
  const { data, error } = useTask(task);
  useKeys({ Escape: { label: 'Close the task', run: () => select(null) } });
  const attempt = data?.attempts.find(({ number }) => number === chosen) ?? data?.attempts.at(-1) ?? null;
  const retries = attempt?.retries.length ?? 0;
  return (
    <>
      <div className={styles.top}>
        <header className={styles.head}>
          <h2 className={styles.name}>{safeLine(task)}</h2>
          {data && <Status of={data.status} />}
          <span className={styles.spacer} />
          {data && data.attempts.length > 1 && attempt && <AttemptChooser detail={data} current={attempt.number} />}
          <Copy text={task} label="Copy the task's id" />
          <span className={styles.close}>
            <IconButton label="Close the task" icon="close" onClick={() => select(null)} />
          </span>
        </header>
        <Tabs<Look>
          label="About this task"
          current={look}
          onChange={setLook}
          controls="task-look"
          tabs={[
            { id: 'why', title: 'Why' },
            { id: 'transcript', title: 'Transcript' },
            { id: 'io', title: 'Input & output' },
            { id: 'files', title: 'Files' },
            { id: 'cost', title: 'Cost' },
            { id: 'retries', title: 'Retries', count: retries },
            { id: 'events', title: 'Raw events' },
          ]}
        />
      </div>
      <div id="task-look" role="tabpanel" className={styles.pane} aria-label={look}>
        {error && <ProblemNotice error={error} />}
        {!data && !error && <Loading />}
        {data && look === 'why' && <WhyPane detail={data} attempt={attempt} onLook={setLook} />}
        {data && look === 'transcript' && <TranscriptPane detail={data} attempt={attempt} />}
        {data && look === 'io' && <InputOutputPane detail={data} attempt={attempt} onLook={setLook} />}
        {data && look === 'files' && <FilesPane detail={data} attempt={attempt} />}
        {data && look === 'cost' && <CostPane detail={data} attempt={attempt} />}
        {data && look === 'retries' && <RetriesPane detail={data} attempt={attempt} />}
        {data && look === 'events' && <EventsPane detail={data} attempt={attempt} />}
      </div>
    </>
  );
}

/** What of a task is looked at, which stands in the address; a link to a turn looks at the transcript. */
function useLook(): [Look, (look: Look) => void] {
  const [search, setSearch] = useSearchParams();
  const said = looks.find((each) => each === search.get('look'));
  const look = said ?? (search.has('turn') ? 'transcript' : 'why');
  return [
    look,
    (next) =>
      setSearch(
        (before) => {
          const after = new URLSearchParams(before);
          after.set('look', next);
          after.delete('turn');
          return after;
        },
        { replace: true },
      ),
  ];
}

import { Link } from 'wouter';
import { LiveRunProvider } from '../../live/live-provider.tsx';
import { useLive } from '../../live/run-store.ts';
import { useTitle } from '../../shell/title.ts';
import { Notice, ProblemNotice } from '../../ui/notice.tsx';
import { Empty, Loading } from '../../ui/surface.tsx';
import { usePathParts } from '../../ui/use-path-parts.ts';
import { Causes } from './header/causes.tsx';
import { RunHeader } from './header/run-header.tsx';
import { RunTabs } from './tabs/run-tabs.tsx';
import { heardOf, isGone, titleOf } from './run-words.ts';
import { WorkArea } from './work-area.tsx';
import styles from './page.module.css';

/** A run: how it stands, why, what it did, and what can be done about it. */
export function Page() {
  const [, id = ''] = usePathParts();
  return (
    <LiveRunProvider key={id} id={id}>
      <RunPage />
    </LiveRunProvider>
  );
}

function RunPage() {
  const { isLoaded, problem, id } = useLive((run) => ({ isLoaded: run.isLoaded, problem: run.problem, id: run.id }));
  useTitle(useLive(titleOf));
  if (!isLoaded && problem) return <NotThere id={id} problem={problem} />;
  if (!isLoaded) return <Beginning />;
  return (
    <div className={styles.page}>
      <RunHeader />
      <Causes />
      <WorkArea />
      <RunTabs />
      <Heard />
    </div>
  );
}

/** Changes of the state, for those who hear the page. */
function Heard() {
  const text = useLive(heardOf);
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      {text}
    </div>
  );
}

function Beginning() {
  const isAway = useLive(({ connection }) => connection === 'away');
  if (isAway)
    return <Notice kind="warn" title="The service cannot be reached. The run is shown as soon as it is back." />;
  return <Loading what="Loading the run" />;
}

function NotThere({ id, problem }: { id: string; problem: Error }) {
  if (!isGone(problem)) return <ProblemNotice error={problem} />;
  return (
    <Empty title={`There is no run ${id}.`}>
      <p>{problem.message}</p>
      <p>
        <Link href="/runs">All runs</Link>
      </p>
    </Empty>
  );
}

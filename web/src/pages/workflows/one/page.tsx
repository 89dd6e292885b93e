import { Link, useLocation, useSearchParams } from 'wouter';
import type { Plan } from '../../../../../src/domain/plan/plan.ts';
import { at } from '../../../api/service.ts';
import { useAsk } from '../../../api/use-ask.ts';
import { useKeys } from '../../../shell/keys.tsx';
import { useTitle } from '../../../shell/title.ts';
import { usePathParts } from '../../../ui/use-path-parts.ts';
import { Notice, ProblemNotice } from '../../../ui/notice.tsx';
import { Card, Chip, Loading, Page as Sheet } from '../../../ui/surface.tsx';
import { Tabs } from '../../../ui/tabs.tsx';
import { HistoryView } from '../history-view.tsx';
import { PlanView } from '../plan-view.tsx';
import { SourceView } from '../source-view.tsx';
import { StartForm } from '../start-form.tsx';
import { pathOf, titleOf, type History, type Workflow } from '../types.ts';
import { toMistake } from '../use-check.ts';
import styles from '../workflows.module.css';

const tabs = ['start', 'plan', 'source', 'runs'] as const;
type TabId = (typeof tabs)[number];

/** One template or workflow file: started, looked at, and what its runs took. */
export function Page() {
  const [, id = ''] = usePathParts();
  const [, navigate] = useLocation();
  const [query, setQuery] = useSearchParams();
  const from = query.get('from');
  const { data: workflow, error } = useAsk<Workflow>(at`/api/workflows/${id}`);
  const before = useAsk<Plan>(from === null ? null : at`/api/runs/${from}/plan`);
  const history = useAsk<History>(at`/api/workflows/${id}/history`, { everyMs: 5000 });
  useTitle(workflow ? titleOf(workflow) : id);
  useKeys({ u: { label: 'All workflows', run: () => navigate('/workflows') } });
  if (!workflow) return error ? <NotThere id={id} error={error} from={from} /> : <Loading />;
  const mistakes = workflow.refusal?.errors?.map(toMistake) ?? [];
  const asked = query.get('tab');
  const tab: TabId = tabs.find((each) => each === asked) ?? (workflow.checked ? 'start' : 'source');
  const choose = (next: TabId): void =>
    setQuery((old) => {
      const all = new URLSearchParams(old);
      all.set('tab', next);
      return all;
    });
  const isReady = from === null || before.data !== undefined || before.error !== null;
  return (
    <Sheet
      title={titleOf(workflow)}
      actions={
        <>
          <Link href={`/builder?${new URLSearchParams({ [workflow.kind]: workflow.id }).toString()}`}>
            Edit as a graph
          </Link>
          <Link href="/workflows">All workflows</Link>
        </>
      }
    >
      <Head workflow={workflow} />
      <Tabs
        label="Workflow"
        current={tab}
        onChange={choose}
        controls="workflow-part"
        tabs={[
          { id: 'start', title: 'Start' },
          { id: 'plan', title: 'Plan' },
          { id: 'source', title: 'Source', count: mistakes.length },
          { id: 'runs', title: 'Runs', count: history.data?.runs },
        ]}
      />
      <div id="workflow-part" role="tabpanel" aria-label={tab} className={styles.part}>
        {tab === 'start' && !workflow.checked && <Refused workflow={workflow} onSource={() => choose('source')} />}
        {tab === 'start' && from !== null && <FromRun run={from} error={before.error} />}
        {tab === 'start' && workflow.checked && isReady && (
          <StartForm
            key={from ?? ''}
            file={workflow.id}
            inputs={workflow.inputs}
            given={before.data?.inputs}
            first={from === null && Object.keys(workflow.standIns).length === 0 ? workflow.checked : null}
          />
        )}
        {tab === 'plan' && <PlanTab workflow={workflow} onSource={() => choose('source')} />}
        {tab === 'source' && (
          <Card title={workflow.file ?? 'Source'}>
            {workflow.refusal && mistakes.length === 0 && <Notice kind="bad" title={workflow.refusal.detail} />}
            <SourceView text={workflow.text} mistakes={mistakes} />
          </Card>
        )}
        {tab === 'runs' && (
          <Card title="Runs">
            {history.data && <HistoryView history={history.data} path={pathOf(workflow)} />}
            {history.error && <ProblemNotice error={history.error} />}
          </Card>
        )}
      </div>
    </Sheet>
  );
}

function Head({ workflow: { description, category, tags, from, kind, workflow } }: { workflow: Workflow }) {
  return (
    <div className={styles.about}>
      {description !== '' && <p>{description}</p>}
      <p className={styles.words}>
        {from === 'shipped' ? 'Comes with Gaffer' : from === 'added' ? 'Added template' : 'Of this project'}
        {kind === 'file' && ` · its runs are called ${workflow}`}
        {[...new Set([...(category === null ? [] : [category]), ...tags])].map((word) => (
          <Chip key={word}>{word}</Chip>
        ))}
      </p>
    </div>
  );
}

function PlanTab({ workflow, onSource }: { workflow: Workflow; onSource: () => void }) {
  const { checked, standIns } = workflow;
  if (!checked) return <Refused workflow={workflow} onSource={onSource} />;
  const names = Object.keys(standIns);
  return (
    <Card title="What waits for what">
      {names.length > 0 && (
        <p className={styles.quiet}>
          Shown with made-up values for {names.join(', ')}: the form says what yours would do.
        </p>
      )}
      <PlanView checked={checked} body={{ file: workflow.id, inputs: standIns }} />
    </Card>
  );
}

function Refused({ workflow: { refusal }, onSource }: { workflow: Workflow; onSource: () => void }) {
  return (
    <Notice
      kind="bad"
      title="It cannot be started like this."
      action={
        <button type="button" className={styles.rest} onClick={onSource}>
          See where
        </button>
      }
    >
      {refusal?.detail}
    </Notice>
  );
}

function FromRun({ run, error }: { run: string; error: Error | null }) {
  if (error) return <ProblemNotice error={error} />;
  return (
    <Notice
      kind="info"
      title={
        <>
          With the inputs of <Link href={`/runs/${encodeURIComponent(run)}`}>{run}</Link>
        </>
      }
    >
      Change what should be otherwise. To take over its results, fork the run instead.
    </Notice>
  );
}

function NotThere({ id, error, from }: { id: string; error: Error; from: string | null }) {
  const isGone = (error as Error & { code?: string }).code === 'no-workflow';
  if (!isGone) return <ProblemNotice error={error} />;
  return (
    <Sheet title={id}>
      <Notice
        kind="info"
        title="There is no template or workflow file of that name here."
        action={<Link href="/workflows">All workflows</Link>}
      >
        {from !== null && (
          <>
            The run <Link href={`/runs/${encodeURIComponent(from)}`}>{from}</Link> was started from something else: fork
            it to run it again.
          </>
        )}
      </Notice>
    </Sheet>
  );
}

import { Link, useLocation } from 'wouter';
import { gradeOf } from '../../../../../src/domain/grades.ts';
import type { ToolRule } from '../../../../../src/domain/plan/plan.ts';
import { at } from '../../../api/service.ts';
import { useAsk } from '../../../api/use-ask.ts';
import { useKeys } from '../../../shell/keys.tsx';
import { useTitle } from '../../../shell/title.ts';
import { usePathParts } from '../../../ui/use-path-parts.ts';
import { DataTable } from '../../../ui/data-table.tsx';
import { Ago, Duration, Money, Tokens } from '../../../ui/measures.tsx';
import { Notice, ProblemNotice } from '../../../ui/notice.tsx';
import { Status } from '../../../ui/status.tsx';
import { Card, Chip, Loading, Page as Sheet } from '../../../ui/surface.tsx';
import { Markdown } from '../../../untrusted/markdown.tsx';
import { wordsOf } from '../tool-words.ts';
import type { Use, WholeAgent } from '../types.ts';
import styles from '../agents.module.css';

/** One agent: what it is told, what it may do, and what it did. */
export function Page() {
  const [, name = ''] = usePathParts();
  const [, navigate] = useLocation();
  useTitle(name);
  useKeys({ u: { label: 'All agents', run: () => navigate('/agents') } });
  const { data: agent, error } = useAsk<WholeAgent>(at`/api/agents/${name}`, { query: { stats: true } });
  const { data: use } = useAsk<Use>(at`/api/agents/${name}/use`);
  if (!agent && !error) return <Loading />;
  const isGone = (error as (Error & { code?: string }) | null)?.code === 'no-agent';
  return (
    <Sheet title={name} actions={<Link href="/agents">All agents</Link>}>
      {error && isGone && (
        <Notice kind="info" title="There is no agent of that name here any more: runs keep their own copy." />
      )}
      {error && !isGone && <ProblemNotice error={error} />}
      {agent && <Facts agent={agent} />}
      {use && use.models.length > 0 && <ByModel use={use} />}
      {agent && (
        <>
          <Card title="What it may do">
            <Tools agent={agent} />
          </Card>
          <Card title="What it is told">
            <div className={styles.prompt} tabIndex={0} role="region" aria-label="Prompt">
              <Markdown text={agent.system} />
            </div>
          </Card>
        </>
      )}
      {use && (
        <Card title="Runs with it">
          <Runs use={use} />
        </Card>
      )}
    </Sheet>
  );
}

function Facts({ agent }: { agent: WholeAgent }) {
  const { description, model, provider, maxTurns, maxTokens, category, tags, stats } = agent;
  const mean = stats?.scores.mean ?? null;
  return (
    <div className={styles.about}>
      {description !== '' && <p>{description}</p>}
      <dl className={styles.facts}>
        <div>
          <dt>Model</dt>
          <dd>{provider === undefined ? model : `${provider}/${model}`}</dd>
        </div>
        <div>
          <dt>Turns a task</dt>
          <dd className="number">{maxTurns}</dd>
        </div>
        <div>
          <dt>Tokens an answer</dt>
          <dd>
            <Tokens n={maxTokens} />
          </dd>
        </div>
        {mean !== null && (
          <div>
            <dt>Grade</dt>
            <dd>
              {gradeOf(mean).toLowerCase()}{' '}
              <small className="number">
                {mean} of 100, over {stats!.scores.count} evaluated tasks
              </small>
            </dd>
          </div>
        )}
      </dl>
      <p className={styles.words}>
        {[...new Set([...(category === null ? [] : [category]), ...tags])].map((word) => (
          <Chip key={word}>{word}</Chip>
        ))}
      </p>
    </div>
  );
}

function Tools({ agent: { tools, rules = [] } }: { agent: WholeAgent }) {
  return (
    <>
      <DataTable
        label="Tools"
        rows={tools}
        rowKey={(tool) => tool}
        empty="It has no tools: it answers, and nothing else."
        columns={[
          { id: 'tool', title: 'Tool', cell: (tool) => <code>{tool}</code> },
          { id: 'what', title: 'What it does', cell: (tool) => wordsOf(tool).what },
          {
            ...{ id: 'marks', title: 'Mind', rank: 2 },
            cell: (tool) => (
              <span className={styles.words}>
                {wordsOf(tool).marks.map((mark) => (
                  <Chip key={mark}>{mark}</Chip>
                ))}
              </span>
            ),
          },
        ]}
      />
      {rules.length > 0 && (
        <>
          <h3>Rules of its own</h3>
          <ul>
            {rules.map((rule, index) => (
              <li key={index}>{ruleWords(rule)}</li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function ruleWords({ tool, match, unless, action }: ToolRule): string {
  const what = match ?? (action === 'deny' ? 'nothing' : 'anything');
  const verb = { allow: 'may do', ask: 'asks people before', deny: match === null ? 'may do' : 'may not do' }[action];
  const but = unless ? ` but ${unless.join(', ')}` : '';
  return `${tool}: ${verb} ${what}${but}`;
}

function ByModel({ use: { models } }: { use: Use }) {
  return (
    <Card title="What it did, by model">
      <DataTable
        label="What it did, by model"
        rows={models}
        rowKey={({ model }) => model}
        columns={[
          { id: 'model', title: 'Model', cell: ({ model }) => model || 'unknown' },
          { id: 'runs', title: 'Runs', isNumber: true, rank: 2, cell: ({ runs }) => runs },
          { id: 'tasks', title: 'Tasks', isNumber: true, cell: ({ tasks }) => tasks },
          {
            ...{ id: 'success', title: 'Success', isNumber: true },
            cell: ({ succeeded, tasks }) => `${Math.round((succeeded / tasks) * 100)} %`,
          },
          {
            id: 'mean',
            title: 'A task takes',
            isNumber: true,
            rank: 2,
            cell: ({ meanDurationMs }) => <Duration ms={meanDurationMs} />,
          },
          {
            id: 'each',
            title: 'Costs',
            isNumber: true,
            rank: 2,
            cell: ({ costUsd, tasks }) => <Money usd={costUsd / tasks} />,
          },
          { id: 'cost', title: 'In all', isNumber: true, cell: ({ costUsd }) => <Money usd={costUsd} /> },
        ]}
      />
    </Card>
  );
}

function Runs({ use: { runs } }: { use: Use }) {
  return (
    <DataTable
      label="Runs with it"
      rows={runs}
      rowKey={({ runId }) => runId}
      href={({ runId }) => `/runs/${encodeURIComponent(runId)}`}
      empty="None of the newest 500 runs has a task of it that has ended."
      columns={[
        { id: 'run', title: 'Run', cell: ({ runId }) => runId },
        { id: 'workflow', title: 'Workflow', rank: 2, cell: ({ workflow }) => workflow },
        { id: 'status', title: 'Status', cell: ({ status }) => <Status of={status} /> },
        {
          id: 'tasks',
          title: 'Its tasks',
          isNumber: true,
          cell: ({ tasks, failed }) => (failed > 0 ? `${tasks}, ${failed} failed` : tasks),
        },
        { id: 'cost', title: 'Cost', isNumber: true, cell: ({ costUsd }) => <Money usd={costUsd} /> },
        { id: 'started', title: 'Started', rank: 2, cell: ({ startedAt }) => <Ago at={startedAt} /> },
      ]}
    />
  );
}

import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Link } from 'wouter';
import type { JsonObject } from '../../../../src/domain/json.ts';
import type { Picture } from '../../../../src/domain/picture/picture.ts';
import type { Plan, PlanTask } from '../../../../src/domain/plan/plan.ts';
import { formatLimit, plural } from '../../../../src/domain/format.ts';
import { ask } from '../../api/service.ts';
import { ProblemNotice } from '../../ui/notice.tsx';
import { Loading } from '../../ui/surface.tsx';
import { PlanGraph } from './plan-graph.tsx';
import type { Checked } from './use-check.ts';
import planStyles from './plan.module.css';
import styles from './workflows.module.css';

interface PlanViewProps {
  checked: Checked;
  /** What was checked, for its picture. */
  body: JsonObject;
}

/** A plan before it runs: what waits for what, from left to right, and what is said of each task. */
export function PlanView({ checked: { plan, analysis }, body }: PlanViewProps) {
  const [box, setBox] = useState<number | null>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const text = JSON.stringify(body);
  const { data: picture, error } = useQuery<Picture>({
    queryKey: ['/api/plan/graph', text],
    queryFn: ({ signal }) => ask<Picture>('/api/plan/graph', { method: 'POST', body: JSON.parse(text), signal }),
  });
  const byId = useMemo(() => new Map(plan.tasks.map((task) => [task.id, task])), [plan]);
  if (error) return <ProblemNotice error={error} />;
  if (!picture) return <Loading what="Drawing it" />;
  const inside = picture.tasks.filter((task) => task[1] === box).map(([id]) => id);
  const task = byId.get(chosen ?? inside[0] ?? '');
  return (
    <div className={planStyles.plan}>
      <PlanGraph
        picture={picture}
        chosen={box}
        onChoose={(next) => {
          setBox(next);
          setChosen(null);
        }}
      />
      {inside.length > 1 && (
        <div className={styles.words} role="group" aria-label="Tasks of this box">
          {inside.slice(0, mostShown).map((id) => (
            <button
              key={id}
              type="button"
              className={styles.rest}
              aria-pressed={id === task?.id}
              onClick={() => setChosen(id)}
            >
              {id}
            </button>
          ))}
          {inside.length > mostShown && `and ${inside.length - mostShown} more`}
        </div>
      )}
      {task ? (
        <TaskFacts task={task} plan={plan} />
      ) : (
        <p className={styles.quiet}>
          Choose a task to see its prompt and limits. {plural(plan.tasks.length, 'task')}; the longest way, marked, has{' '}
          {analysis.criticalPath.tasks.length}.
        </p>
      )}
    </div>
  );
}

/** How many tasks of a box are named. */
const mostShown = 100;

function TaskFacts({ task, plan }: { task: PlanTask; plan: Plan }) {
  const agent = task.work ? undefined : plan.agents[task.agent];
  const facts: [string, string][] = [
    [
      'Waits for',
      task.dependsOn
        .map(({ task: other, on }) => (on === 'any_end' ? `${other} (also if it fails)` : other))
        .join(', '),
    ],
    ['Model', task.overrides?.model ?? agent?.model ?? ''],
    ['Tools', agent?.tools.join(', ') ?? ''],
    ['Only if', task.when ?? ''],
    ['Once for each of', task.forEach?.items ?? ''],
    ['Again until', task.repeat ? `${task.repeat.until}, at most ${task.repeat.max} times` : ''],
    ['Attempts', task.retry.maxAttempts > 1 ? String(task.retry.maxAttempts) : ''],
    ['Time limit', task.timeoutMs === null ? '' : formatLimit(task.timeoutMs)],
    ['Budget', task.limits.usd === null ? '' : `$${task.limits.usd}`],
    ['Approved', task.approval ? `${task.approval.at} it, by ${task.approval.by.join(' or ') || 'anybody'}` : ''],
    ['Undone by', task.compensate?.kind ?? ''],
  ];
  return (
    <section className={planStyles.taskFacts} aria-label={`Task ${task.id}`} aria-live="polite">
      <h3>{task.id}</h3>
      {task.description && <p>{task.description}</p>}
      <dl className={planStyles.pairs}>
        {!task.work && (
          <div>
            <dt>Agent</dt>
            <dd>
              <Link href={`/agents/${encodeURIComponent(task.agent)}`}>{task.agent}</Link>
            </dd>
          </div>
        )}
        {facts
          .filter(([, value]) => value !== '')
          .map(([title, value]) => (
            <div key={title}>
              <dt>{title}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {task.prompt !== '' && (
        <pre className={planStyles.prompt} tabIndex={0}>
          {task.prompt}
        </pre>
      )}
    </section>
  );
}

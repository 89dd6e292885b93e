import { useMemo, useState } from 'react';
import { Link } from 'wouter';
import type { Plan, PlanTask } from '../../../../src/domain/plan/plan.ts';
import { formatLimit, plural } from '../../../../src/domain/format.ts';
import { Chip } from '../../ui/surface.tsx';
import type { Checked } from './use-check.ts';
import styles from './workflows.module.css';

/** How many tasks of a wave are shown before one asks for more. */
const mostShown = 8;

/** A plan before it runs: what waits for what, from left to right, and what is said of each task. */
export function PlanView({ checked: { plan, analysis } }: { checked: Checked }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const byId = useMemo(() => new Map(plan.tasks.map((task) => [task.id, task])), [plan]);
  const critical = new Set(analysis.criticalPath.tasks);
  const task = chosen === null ? undefined : byId.get(chosen);
  return (
    <div className={styles.plan}>
      <ol
        className={styles.waves}
        tabIndex={0}
        aria-label="Waves of tasks: each begins when what it waits for has ended"
      >
        {analysis.waves.map((wave, at) => (
          <Wave
            key={at}
            no={at + 1}
            tasks={wave.map((id) => byId.get(id)!)}
            {...{ critical, chosen }}
            onChoose={setChosen}
          />
        ))}
      </ol>
      {task ? (
        <TaskFacts task={task} plan={plan} />
      ) : (
        <p className={styles.quiet}>
          Choose a task to see its prompt and limits. The longest way is marked: {analysis.criticalPath.tasks.length} of{' '}
          {plural(plan.tasks.length, 'task')}.
        </p>
      )}
    </div>
  );
}

interface WaveProps {
  no: number;
  tasks: readonly PlanTask[];
  critical: ReadonlySet<string>;
  chosen: string | null;
  onChoose: (id: string) => void;
}

function Wave({ no, tasks, critical, chosen, onChoose }: WaveProps) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? tasks.slice(0, 200) : tasks.slice(0, mostShown);
  const left = tasks.length - shown.length;
  return (
    <li className={styles.wave}>
      <h3>Wave {no}</h3>
      <ul>
        {shown.map((task) => (
          <li key={task.id}>
            <button
              type="button"
              className={styles.task}
              aria-pressed={task.id === chosen}
              data-critical={critical.has(task.id) || undefined}
              onClick={() => onChoose(task.id)}
            >
              <strong>{task.id}</strong>
              <span>{whoDoes(task)}</span>
              {marksOf(task).map((mark) => (
                <Chip key={mark}>{mark}</Chip>
              ))}
            </button>
          </li>
        ))}
      </ul>
      {left > 0 && !isWhole && (
        <button type="button" className={styles.rest} onClick={() => setWhole(true)}>
          {left} more
        </button>
      )}
      {left > 0 && isWhole && <p className={styles.quiet}>and {left} more</p>}
    </li>
  );
}

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
    <section className={styles.taskFacts} aria-label={`Task ${task.id}`} aria-live="polite">
      <h3>{task.id}</h3>
      {task.description && <p>{task.description}</p>}
      <dl className={styles.pairs}>
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
      {task.prompt !== '' && <pre className={styles.prompt}>{task.prompt}</pre>}
    </section>
  );
}

function whoDoes({ work, agent }: PlanTask): string {
  if (!work) return agent;
  return work.kind === 'tool' ? `tool ${work.tool}` : `workflow ${work.name}`;
}

function marksOf({ approval, forEach, when, repeat, decompose, compensate }: PlanTask): string[] {
  return [
    ...(approval ? [`approval ${approval.at}`] : []),
    ...(forEach ? ['for each'] : []),
    ...(when === null ? [] : ['if']),
    ...(repeat ? ['repeats'] : []),
    ...(decompose ? ['adds tasks'] : []),
    ...(compensate ? ['can be undone'] : []),
  ];
}

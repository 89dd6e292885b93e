import type { PlanAnalysis } from '../../../../src/domain/analysis/plan-analysis.ts';
import type { Outline } from '../../../../src/definition/edit/outline.ts';
import { safeLine, safeText } from '../../../../src/domain/safe-text.ts';
import { Empty } from '../../ui/surface.tsx';
import { Duration, Money } from '../../ui/measures.tsx';
import styles from './dry-run.module.css';

const mostShown = 30;

/** What the draft would do: what it may cost and take, who is in it, whom it asks, in which order. Nothing is started. */
export function DryRun({ analysis, outline }: { analysis: PlanAnalysis | null; outline: Outline }) {
  if (!analysis) return <Empty title="It cannot run as it is">Mend its mistakes to see what it would do.</Empty>;
  const { waves, cost, duration, approvals, notes, basis } = analysis;
  return (
    <div className={styles.dry}>
      <dl className={styles.figures}>
        <div>
          <dt>Cost</dt>
          <dd>
            <Money usd={cost.lowUsd} /> – <Money usd={cost.highUsd} />
          </dd>
        </div>
        <div>
          <dt>Duration</dt>
          <dd>
            <Duration ms={duration.lowMs} /> – <Duration ms={duration.highMs} />
          </dd>
        </div>
        <div>
          <dt>Tasks</dt>
          <dd>{waves.flat().length}</dd>
        </div>
      </dl>
      <p className={styles.basis}>
        {basis === 'history' ? 'By its earlier runs.' : 'By prices and limits alone: it has not run yet.'} Nothing is
        started.
      </p>
      <h3>Agents</h3>
      <ul>
        {[...agentsOf(outline)].map(([agent, count]) => (
          <li key={agent}>
            {safeLine(agent)}: {count === 1 ? '1 task' : `${count} tasks`}
          </li>
        ))}
      </ul>
      <h3>Order</h3>
      <ol className={styles.waves}>
        {waves.slice(0, mostShown).map((wave, at) => (
          <li key={at}>
            {wave.slice(0, mostShown).map(safeLine).join(', ')}
            {wave.length > mostShown && ` and ${wave.length - mostShown} more`}
          </li>
        ))}
      </ol>
      {approvals.length > 0 && (
        <>
          <h3>People are asked</h3>
          <ul>
            {approvals.map(({ task, at, maybe }) => (
              <li key={task}>
                {at} {safeLine(task)}
                {maybe && ', under a condition'}
              </li>
            ))}
          </ul>
        </>
      )}
      {notes.length > 0 && (
        <ul className={styles.basis}>
          {notes.map((note) => (
            <li key={note}>{safeText(note)}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

function agentsOf({ values, tasks }: Outline): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { values: keys } of tasks) {
    if (keys['tool'] !== undefined || keys['workflow'] !== undefined) continue;
    const named = keys['profile'] ?? values['default_profile'];
    const agent = typeof named === 'string' ? named : 'nobody';
    counts.set(agent, (counts.get(agent) ?? 0) + 1);
  }
  return counts;
}

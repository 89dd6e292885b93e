import { Money } from '../../ui/measures.tsx';
import { Notice } from '../../ui/notice.tsx';
import { formatDuration, plural } from '../../../../src/domain/format.ts';
import type { Checked } from './use-check.ts';
import styles from './workflows.module.css';

/** What a start would do and cost, in a few lines: read before it is pressed. */
export function Outlook({ checked: { plan, analysis, warnings } }: { checked: Checked }) {
  const { cost, duration, waves, approvals, toolApprovals, basis, notes } = analysis;
  const agents = [...new Set(plan.tasks.filter(({ work }) => !work).map(({ agent }) => agent))];
  const asked = approvals.length + toolApprovals.length;
  return (
    <div className={styles.outlook}>
      <dl className={styles.facts}>
        <div>
          <dt>Cost</dt>
          <dd>
            <Money usd={cost.lowUsd} /> to <Money usd={cost.highUsd} isUncounted={cost.isUncounted} />
          </dd>
        </div>
        <div>
          <dt>Never above</dt>
          <dd>
            <Money usd={plan.limits.usd} />
            <small>{plan.limits.onExceeded === 'pause' ? 'then it waits for you' : 'then it stops'}</small>
          </dd>
        </div>
        <div>
          <dt>Time</dt>
          <dd className="number">
            {formatDuration(duration.lowMs)} to {formatDuration(duration.highMs)}
          </dd>
        </div>
        <div>
          <dt>Work</dt>
          <dd>
            {plural(plan.tasks.length, 'task')}
            <small>
              in {plural(waves.length, 'wave')}, up to {Math.min(plan.limits.maxParallel, widest(waves))} at once
            </small>
          </dd>
        </div>
      </dl>
      <p className={styles.quiet}>
        {basis === 'history' ? 'Estimated from earlier runs.' : 'Estimated from prices and limits: it has not run yet.'}{' '}
        {asked === 0 ? 'Nobody is asked on the way.' : `People are asked: ${askedWords(analysis)}.`}
      </p>
      {agents.length > 0 && (
        <p className={styles.quiet}>
          Done by {agents.slice(0, 8).join(', ')}
          {agents.length > 8 && ` and ${agents.length - 8} more`}, in <code>{plan.workspace}</code>.
        </p>
      )}
      {notes.slice(0, 3).map((note) => (
        <p key={note} className={styles.quiet}>
          {note.charAt(0).toUpperCase() + note.slice(1)}.
        </p>
      ))}
      {warnings.length > 0 && (
        <Notice kind="warn" title={plural(warnings.length, 'doubt')}>
          <ul>
            {warnings.slice(0, 10).map(({ message, hint, line }, at) => (
              <li key={at}>
                {[line === null ? '' : `Line ${line}: ${message}`, line === null ? message : '', hint]
                  .filter(Boolean)
                  .join(' · ')}
              </li>
            ))}
          </ul>
        </Notice>
      )}
    </div>
  );
}

function widest(waves: readonly (readonly string[])[]): number {
  return Math.max(1, ...waves.map((wave) => wave.length));
}

function askedWords({ approvals, toolApprovals }: Checked['analysis']): string {
  const tasks = approvals.map(({ task, at, maybe }) => `${maybe ? 'perhaps ' : ''}${at} ${task}`);
  const tools = toolApprovals.map(({ tool, match }) => `before ${match === null ? tool : `${tool} ${match}`}`);
  const all = [...tasks, ...tools];
  return all.length > 6 ? `${all.slice(0, 6).join(', ')} and ${all.length - 6} more times` : all.join(', ');
}

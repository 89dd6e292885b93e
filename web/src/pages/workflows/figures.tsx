import type { WorkflowHistory } from '../../../../src/domain/evaluation/workflow-history.ts';
import { Duration, Money } from '../../ui/measures.tsx';
import styles from './workflows.module.css';

/** What runs of a workflow took, in a line. */
export function Figures({ history }: { history: Omit<WorkflowHistory, 'workflow'> }) {
  const { runs, ended, successRate, p50Ms, p95Ms, meanCostUsd } = history;
  return (
    <dl className={styles.facts}>
      <div>
        <dt>Runs</dt>
        <dd className="number">{runs}</dd>
      </div>
      <div>
        <dt>Succeeded</dt>
        <dd className="number">{successRate === null ? '–' : `${Math.round(successRate * 100)} %`}</dd>
      </div>
      <div>
        <dt>Half took at most</dt>
        <dd>{p50Ms === null ? '–' : <Duration ms={p50Ms} />}</dd>
      </div>
      <div>
        <dt>95 of 100</dt>
        <dd>{p95Ms === null ? '–' : <Duration ms={p95Ms} />}</dd>
      </div>
      <div>
        <dt>Mean cost</dt>
        <dd>{meanCostUsd === null ? '–' : <Money usd={meanCostUsd} />}</dd>
      </div>
      {runs > ended && (
        <div>
          <dt>Going on</dt>
          <dd className="number">{runs - ended}</dd>
        </div>
      )}
    </dl>
  );
}

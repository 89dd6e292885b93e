import { safeLine } from '../../../../src/domain/safe-text.ts';
import type { ComparedRun } from '../../../../src/client/evaluation/compare-many.ts';
import type { PlanDifference } from '../../../../src/domain/evaluation/compare-many.ts';
import { patchOf } from '../../../../src/domain/line-diff.ts';
import { Literal } from '../../actions/literal.tsx';
import { Diff } from '../../untrusted/diff.tsx';
import { Card } from '../../ui/surface.tsx';
import { letterOf } from './letter.ts';
import styles from './compare.module.css';

const longValue = 120;

/** What the runs were to do otherwise, besides what their tasks were asked. */
export function PlanDifferences({ plan, runs }: { plan: readonly PlanDifference[]; runs: readonly ComparedRun[] }) {
  const isLong = ({ values }: PlanDifference): boolean =>
    values.some((value) => value !== null && (value.length > longValue || value.includes('\n')));
  const short = plan.filter((each) => !isLong(each));
  return (
    <Card title={plan.length === 0 ? 'Settings: none differs' : 'Settings that differ'}>
      {short.length > 0 && (
        <div className={styles.scroll} tabIndex={0} role="region" aria-label="Settings side by side">
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">Setting</th>
                {runs.map(({ runId }, index) => (
                  <th key={runId} scope="col" title={safeLine(runId)}>
                    {letterOf(index)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {short.map(({ what, values }) => (
                <tr key={what}>
                  <th scope="row">{safeLine(what)}</th>
                  {values.map((value, index) => (
                    <td key={runs[index]!.runId}>
                      {value === null ? <span className={styles.hint}>none</span> : <Literal text={value} isInline />}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {plan.filter(isLong).map(({ what, values }) => (
        <details key={what} className={styles.fold}>
          <summary>{safeLine(what)}</summary>
          {values.slice(1).map((value, index) => (
            <div key={runs[index + 1]!.runId}>
              <h4>A to {letterOf(index + 1)}</h4>
              <Diff patch={patchOf(values[0] ?? '', value ?? '')} />
            </div>
          ))}
        </details>
      ))}
    </Card>
  );
}

import { useSearchParams } from 'wouter';
import { safeLine } from '../../../../src/domain/safe-text.ts';
import type { ComparedMany } from '../../../../src/client/evaluation/compare-many.ts';
import type { ComparedCell, ComparedRow } from '../../../../src/domain/evaluation/compare-many.ts';
import { formatDuration, formatUsd } from '../../../../src/domain/format.ts';
import { Status } from '../../ui/status.tsx';
import { Card, Chip } from '../../ui/surface.tsx';
import { letterOf } from './letter.ts';
import { TaskTexts } from './task-texts.tsx';
import styles from './compare.module.css';

/** The tasks of all runs in one table, those that differ first; one of them is opened to see its prompts and outputs. */
export function Tasks({ compared }: { compared: ComparedMany }) {
  const [query, setQuery] = useSearchParams();
  const open = query.get('task');
  const isAll = query.get('all') === '1' || compared.differing === 0;
  const shown = isAll ? compared.tasks : compared.tasks.filter(({ differs }) => differs.length > 0);
  const set = (name: string, value: string | null): void =>
    setQuery(
      (before) => {
        const next = new URLSearchParams(before);
        if (value === null) next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true },
    );
  const same = compared.total - compared.differing;
  return (
    <Card
      title={
        compared.differing === 0 ? 'Tasks: none differs' : `Tasks: ${compared.differing} of ${compared.total} differ`
      }
      actions={
        compared.differing > 0 &&
        same > 0 && (
          <label className={styles.row}>
            <input type="checkbox" checked={isAll} onChange={({ target }) => set('all', target.checked ? '1' : null)} />{' '}
            and {same} that
            {same === 1 ? ' is' : ' are'} the same
          </label>
        )
      }
    >
      <div className={styles.scroll} tabIndex={0} role="region" aria-label="Tasks side by side">
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Task</th>
              {compared.runs.map(({ runId }, index) => (
                <th key={runId} scope="col" title={safeLine(runId)}>
                  {letterOf(index)}
                </th>
              ))}
              <th scope="col">Differs in</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <Row
                key={row.task}
                {...{ row, compared }}
                isOpen={row.task === open}
                onToggle={() => set('task', row.task === open ? null : row.task)}
              />
            ))}
          </tbody>
        </table>
      </div>
      {compared.total > compared.tasks.length && (
        <p className={styles.hint}>
          These are the first {compared.tasks.length} of {compared.total}, those that differ first.
        </p>
      )}
    </Card>
  );
}

const words: Readonly<Record<string, string>> = { missing: 'not in all', system: 'instructions' };

interface RowProps {
  row: ComparedRow;
  compared: ComparedMany;
  isOpen: boolean;
  onToggle: () => void;
}

function Row({ row, compared, isOpen, onToggle }: RowProps) {
  const { task, cells, differs } = row;
  const names = [...new Set(cells.flatMap((cell) => (cell ? [cell.id] : [])))];
  return (
    <>
      <tr data-open={isOpen || undefined}>
        <th scope="row">
          <button type="button" className={styles.toggle} aria-expanded={isOpen} onClick={onToggle}>
            {names.length > 1 ? safeLine(names.join(' → ')) : safeLine(task)}
          </button>
        </th>
        {cells.map((cell, index) => (
          <td key={compared.runs[index]!.runId}>
            {cell ? <Cell cell={cell} /> : <span className={styles.hint}>not there</span>}
          </td>
        ))}
        <td>
          <span className={styles.row}>
            {differs.map((each) => (
              <Chip key={each}>{words[each] ?? each}</Chip>
            ))}
          </span>
        </td>
      </tr>
      {isOpen && (
        <tr>
          <td colSpan={cells.length + 2} className={styles.texts}>
            <TaskTexts task={task} runs={compared.runs} />
          </td>
        </tr>
      )}
    </>
  );
}

function Cell({ cell }: { cell: ComparedCell }) {
  return (
    <span className={styles.cell}>
      <Status of={cell.status} />
      <span className={styles.hint}>
        {formatUsd(cell.costUsd)} · {formatDuration(cell.durationMs)}
        {cell.score !== null && ` · ${Math.round(cell.score)}`}
        {cell.attempts > 1 && ` · ${cell.attempts} attempts`}
      </span>
    </span>
  );
}

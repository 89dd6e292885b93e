import type { DraftProblem } from '../../../../../src/client/drafts/draft-answer.ts';
import { safeLine, safeText } from '../../../../../src/domain/safe-text.ts';
import { Icon } from '../../../ui/icon.tsx';
import { Empty } from '../../../ui/surface.tsx';
import styles from './problems.module.css';

/** Mistakes and doubts, each leading to where it stands. */
export function ProblemList({
  problems,
  onOpen,
}: {
  problems: readonly DraftProblem[];
  onOpen: (problem: DraftProblem) => void;
}) {
  if (problems.length === 0)
    return <Empty title="No mistakes">The loader that every start goes through finds none.</Empty>;
  return (
    <ul className={styles.list} aria-label="Problems">
      {problems.map((problem, at) => (
        <li key={at}>
          <button type="button" onClick={() => onOpen(problem)} className={styles.entry}>
            <One problem={problem} />
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Those of one task or phase. */
export function ProblemsOf({ problems }: { problems: readonly DraftProblem[] }) {
  if (problems.length === 0) return null;
  return (
    <ul className={styles.list} aria-label="Problems here">
      {problems.map((problem, at) => (
        <li key={at} className={styles.entry}>
          <One problem={problem} />
        </li>
      ))}
    </ul>
  );
}

function One({ problem: { severity, detail, hint, line, file, at } }: { problem: DraftProblem }) {
  const isDoubt = severity === 'warning';
  const place = [at === null && file !== undefined && file !== 'text' ? safeLine(file) : null, line && `line ${line}`];
  return (
    <>
      <span className={isDoubt ? styles.doubt : styles.bad}>
        <Icon name="warning" size={14} /> {isDoubt ? 'Doubt' : 'Mistake'}
      </span>{' '}
      {safeText(detail)} <span className={styles.place}>{place.filter(Boolean).join(' · ')}</span>
      {hint !== undefined && <span className={styles.hint}>{safeText(hint)}</span>}
    </>
  );
}

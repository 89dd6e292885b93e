import type { ToldDecision } from '../../../src/domain/analysis/decisions.ts';
import { Icon } from '../ui/icon.tsx';
import { Ago } from '../ui/measures.tsx';
import styles from './actions.module.css';
import { Literal } from './literal.tsx';
import { outcomeWords } from './waiting-words.ts';

/** What came of something that waited. `isMine`: it was decided here. Null: it ended with its task, or its run. */
export function DecidedLine({ decision, isMine = false }: { decision: ToldDecision | null; isMine?: boolean }) {
  if (!decision)
    return (
      <p className={styles.row} role="status">
        <Icon name="check" /> {isMine ? 'Done: it goes on.' : 'It waits no more.'}
      </p>
    );
  const { outcome, by, at, text, edited } = decision;
  return (
    <div className={styles.row} role="status">
      <Icon name={outcome === 'rejected' || outcome === 'expired' ? 'close' : 'check'} />
      <strong>{outcomeWords[outcome]}</strong>
      {by !== '' && (
        <span>
          by <bdi>{by}</bdi>
          {isMine && ' (you)'}
        </span>
      )}
      {edited && <span>as changed</span>}
      <span className={styles.hint}>
        <Ago at={at} />
      </span>
      {text !== '' && (
        <span>
          <Literal text={text} isInline />
        </span>
      )}
    </div>
  );
}

import { at } from '../api/service.ts';
import { useWho } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { ProblemNotice } from '../ui/notice.tsx';
import styles from './actions.module.css';
import { post } from './post.ts';
import { useAnswer, type Answering } from './use-answer.ts';
import { whyNotDecide } from './waiting-words.ts';

/** The two answers to a conflict that nobody resolved. Both are read by `isLeft` of the run. */
export function ConflictForm(card: Answering) {
  const { entry } = card;
  const { send, isBusy, error } = useAnswer(card, (text: 'again' | 'leave it') =>
    post(at`/api/runs/${entry.runId}/answers/${entry.id!}`, { text }),
  );
  const why = whyNotDecide(entry, useWho());
  return (
    <>
      <p className={styles.hint}>
        Left as it is, the branch stays where it is, and so does what began from it; the run ends partial.
      </p>
      <div className={styles.buttons}>
        <Button data-first kind="primary" isBusy={isBusy} why={why} onClick={() => send('again')}>
          It is resolved: merge it again
        </Button>
        <Button isBusy={isBusy} why={why} onClick={() => send('leave it')}>
          Leave it
        </Button>
        {why !== undefined && <span className={styles.hint}>{why}</span>}
      </div>
      {error && <ProblemNotice error={error} />}
    </>
  );
}

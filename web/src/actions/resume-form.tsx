import { at } from '../api/service.ts';
import { useWho } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { ProblemNotice } from '../ui/notice.tsx';
import styles from './actions.module.css';
import { post } from './post.ts';
import { useAnswer, type Answering } from './use-answer.ts';
import { whyNotDecide } from './waiting-words.ts';

/** What goes on by itself once somebody says so: a pause, or a provider that said no. */
export function ResumeForm(card: Answering) {
  const { entry } = card;
  const { send, isBusy, error } = useAnswer<void>(card, () => post(at`/api/runs/${entry.runId}/resume`, {}));
  const why = whyNotDecide(entry, useWho());
  return (
    <>
      <div className={styles.buttons}>
        <Button data-first kind="primary" icon="play" isBusy={isBusy} why={why} onClick={() => send()}>
          {entry.cause === 'provider' ? 'Try again' : 'Go on'}
        </Button>
        {why !== undefined && <span className={styles.hint}>{why}</span>}
      </div>
      {error && <ProblemNotice error={error} />}
    </>
  );
}

import { useState } from 'react';
import { at } from '../api/service.ts';
import { useWho } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { ProblemNotice } from '../ui/notice.tsx';
import styles from './actions.module.css';
import { post } from './post.ts';
import { useAnswer, type Answering } from './use-answer.ts';
import { whyNotDecide } from './waiting-words.ts';

/** The answer to an agent that is blocked. */
export function AnswerForm(card: Answering) {
  const { entry } = card;
  const [text, setText] = useState('');
  const { send, isBusy, error } = useAnswer(card, (answer: string) =>
    post(at`/api/runs/${entry.runId}/answers/${entry.id!}`, { text: answer }),
  );
  const why = whyNotDecide(entry, useWho());
  return (
    <form
      className={styles.part}
      onSubmit={(event) => {
        event.preventDefault();
        if (why === undefined && text.trim() !== '' && !isBusy) send(text);
      }}
    >
      <Field label="Your answer" hint="The agent is told it with its next turn, and goes on.">
        {(props) => (
          <textarea {...props} data-first rows={3} value={text} onChange={(event) => setText(event.target.value)} />
        )}
      </Field>
      <div className={styles.buttons}>
        <Button
          type="submit"
          kind="primary"
          isBusy={isBusy}
          why={why ?? (text.trim() === '' ? 'write an answer first' : undefined)}
        >
          Answer
        </Button>
        {why !== undefined && <span className={styles.hint}>{why}</span>}
      </div>
      {error && <ProblemNotice error={error} />}
    </form>
  );
}

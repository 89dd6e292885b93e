import { useState } from 'react';
import { ask } from '../../api/service.ts';
import { useSend } from '../../api/use-ask.ts';
import { useWhyNot } from '../../shell/session.tsx';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { ProblemNotice } from '../../ui/notice.tsx';
import { Card } from '../../ui/surface.tsx';
import type { WholeIssue } from './types.ts';
import type { SeenIssue } from './use-issue.ts';
import styles from './issues.module.css';

interface StepProps {
  path: string;
  seen: SeenIssue;
}

/** Answers what blocks an issue, so that it goes on. */
export function AnswerBlock({ path, seen }: StepProps) {
  const { blockReason, assignee } = seen.answer;
  return (
    <Card title="It is blocked">
      {blockReason !== null && <p className={styles.words}>{blockReason}</p>}
      <Step
        {...{ path, seen, step: 'unblock', named: 'answer' }}
        label="Your answer"
        button="Answer and let it go on"
        hint={assignee === null ? 'It goes back into the queue.' : `It goes back to ${assignee}.`}
      />
    </Card>
  );
}

/** Says something about an issue, or closes it. */
export function CommentOrClose({ path, seen }: StepProps) {
  const [isClosing, setClosing] = useState(false);
  const isClosed = seen.answer.status === 'closed';
  return (
    <Card title={isClosing ? 'Close it' : 'Say something'}>
      {isClosing ? (
        <Step {...{ path, seen, step: 'close', named: 'result' }} label="What came of it" button="Close the issue" />
      ) : (
        <Step {...{ path, seen, step: 'comments', named: 'body' }} label="Remark" button="Add the remark" />
      )}
      {!isClosed && (
        <div>
          <Button kind="quiet" onClick={() => setClosing(!isClosing)}>
            {isClosing ? 'Say something instead' : 'Close the issue …'}
          </Button>
        </div>
      )}
    </Card>
  );
}

interface StepFormProps extends StepProps {
  step: 'comments' | 'close' | 'unblock';
  /** What the service calls the text. */
  named: string;
  label: string;
  button: string;
  hint?: string;
}

function Step({ path, seen, step, named, label, button, hint }: StepFormProps) {
  const [text, setText] = useState('');
  const notAllowed = useWhyNot('run');
  const doing = useSend(
    () =>
      ask<WholeIssue>(`${path}/${step}`, {
        ...{ method: 'POST', body: { [named]: text } },
        ...(step !== 'comments' && { headers: { 'If-Match': seen.tag ?? '*' } }),
      }),
    { about: [path, '/api/issues', '/api/boards'], done: () => setText('') },
  );
  const isConflict = (doing.error as (Error & { status?: number }) | null)?.status === 412;
  const why = notAllowed ?? (text.trim() === '' ? 'write something first' : undefined);
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (why === undefined && !doing.isBusy) doing.send(undefined);
      }}
    >
      <Field
        label={label}
        {...(hint !== undefined && { hint })}
        error={
          isConflict ? 'Somebody changed the issue meanwhile: look at it as it is now, and press again.' : undefined
        }
      >
        {(props) => (
          <textarea
            {...props}
            className={styles.growing}
            rows={2}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
      {doing.error && !isConflict && <ProblemNotice error={doing.error} />}
      <div>
        <Button kind="primary" type="submit" isBusy={doing.isBusy} why={why}>
          {button}
        </Button>
      </div>
    </form>
  );
}

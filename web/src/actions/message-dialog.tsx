import { useState } from 'react';
import { safeLine } from '../../../src/domain/safe-text.ts';
import { hasEnded } from '../../../src/domain/run/run-state.ts';
import { openTaskStatuses } from '../../../src/domain/run/task-state.ts';
import { at } from '../api/service.ts';
import { useSend } from '../api/use-ask.ts';
import { useLive } from '../live/run-store.ts';
import { notify } from '../shell/notices.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { ProblemNotice } from '../ui/notice.tsx';
import { post } from './post.ts';

interface MessageDialogProps {
  run: string;
  /** Whom it is for, at first: a task or a conversation. */
  to?: string;
  onClose: () => void;
}

/** Tells an agent something, with its next turn. */
export function MessageDialog({ run, to, onClose }: MessageDialogProps) {
  const open = useLive(({ state }) =>
    hasEnded(state.status)
      ? []
      : [...state.tasks.values()]
          .filter(({ status }) => openTaskStatuses.includes(status))
          .map(({ id, agent }) => ({ id, agent })),
  );
  const [chosen, choose] = useState(to ?? open.at(0)?.id ?? '');
  // Whom it shows is whom it goes to: what has ended meanwhile stays named, and is sent nothing.
  const isThere = open.some(({ id }) => id === chosen);
  const whom = isThere ? chosen : '';
  const [text, setText] = useState('');
  const { send, isBusy, error } = useSend<void, unknown>(
    () => post(at`/api/runs/${run}/messages`, { to: whom, text }),
    {
      about: [at`/api/runs/${run}`],
      done: () => {
        notify({ kind: 'good', text: `${whom} is told with its next turn` });
        onClose();
      },
    },
  );
  const why =
    open.length === 0
      ? 'no task is open that could hear it'
      : whom === ''
        ? 'say whom it is for'
        : text.trim() === ''
          ? 'write something first'
          : undefined;
  return (
    <Dialog
      title="Send a message"
      onClose={onClose}
      isOpen
      actions={
        <>
          <Button kind="quiet" onClick={onClose}>
            Close
          </Button>
          <Button kind="primary" icon="message" isBusy={isBusy} why={why} onClick={() => send()}>
            Send
          </Button>
        </>
      }
    >
      <Field label="To" hint="A task that has not ended: its agent reads it before its next answer.">
        {(props) => (
          <select {...props} value={whom} onChange={({ target }) => choose(target.value)}>
            {!isThere && (
              <option value="">
                {chosen === '' ? 'Choose a task' : `${safeLine(chosen)} has ended: choose another`}
              </option>
            )}
            {open.map(({ id, agent }) => (
              <option key={id} value={id}>
                {safeLine(id)} ({safeLine(agent) || 'nobody yet'})
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Message">
        {(props) => <textarea {...props} rows={5} value={text} onChange={({ target }) => setText(target.value)} />}
      </Field>
      {error && <ProblemNotice error={error} />}
    </Dialog>
  );
}

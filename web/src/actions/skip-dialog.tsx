import { useState } from 'react';
import { safeLine } from '../../../src/domain/safe-text.ts';
import { at } from '../api/service.ts';
import { useSend } from '../api/use-ask.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { ProblemNotice } from '../ui/notice.tsx';
import { post } from './post.ts';

interface SkipDialogProps {
  run: string;
  task: string;
  onClose: () => void;
  onDone: () => void;
}

/** Gives a task up that has not ended. */
export function SkipDialog({ run, task, onClose, onDone }: SkipDialogProps) {
  const [reason, setReason] = useState('');
  const { send, isBusy, error } = useSend<void, unknown>(
    () => post(at`/api/runs/${run}/skip`, { task, ...(reason.trim() !== '' && { reason }) }),
    {
      about: [at`/api/runs/${run}`, '/api/waiting'],
      done: () => {
        onClose();
        onDone();
      },
    },
  );
  return (
    <Dialog
      title={`Skip ${safeLine(task)}`}
      onClose={onClose}
      isOpen
      actions={
        <>
          <Button kind="quiet" onClick={onClose}>
            Close
          </Button>
          <Button kind="danger" isBusy={isBusy} onClick={() => send()}>
            Skip it
          </Button>
        </>
      }
    >
      <p>
        What it is doing is stopped, and counts as skipped. What needs its success is skipped, too; what only waits for
        its end starts.
      </p>
      <Field label="Why" hint="For the record; may be left out.">
        {(props) => <input {...props} value={reason} onChange={({ target }) => setReason(target.value)} />}
      </Field>
      {error && <ProblemNotice error={error} />}
    </Dialog>
  );
}

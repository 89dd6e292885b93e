import { useLocation } from 'wouter';
import { safeLine } from '../../../src/domain/safe-text.ts';
import { at } from '../api/service.ts';
import { useSend } from '../api/use-ask.ts';
import { notify } from '../shell/notices.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ProblemNotice } from '../ui/notice.tsx';
import { post } from './post.ts';
import { startWords } from './fork/preview-words.ts';
import { PreviewOfRun } from './fork/run-preview.tsx';
import { usePreview } from './fork/use-preview.ts';

interface RetryDialogProps {
  run: string;
  /** This task alone; neither this nor `from`: all that failed. */
  task?: string;
  /** This task, and all that depends on it. */
  from?: string;
  onClose: () => void;
  onDone?: () => void;
}

/** Does something anew with the same input. What that is, and for how much, is shown before. */
export function RetryDialog({ run, task, from, onClose, onDone }: RetryDialogProps) {
  const body = { ...(task !== undefined && { task }), ...(from !== undefined && { from }) };
  const preview = usePreview(at`/api/runs/${run}/retry/preview`, body);
  const [, goTo] = useLocation();
  const { send, isBusy, error } = useSend<void, { runId: string }>(() => post(at`/api/runs/${run}/retry`, body), {
    about: ['/api/runs', '/api/overview'],
    done: ({ runId }) => {
      onClose();
      onDone?.();
      if (runId === run) return;
      notify({ kind: 'good', text: `${runId} goes on from ${run}` });
      goTo(at`/runs/${runId}`);
    },
  });
  const title =
    task !== undefined
      ? `Retry ${safeLine(task)}`
      : from !== undefined
        ? `Retry from ${safeLine(from)}`
        : 'Retry what failed';
  const why = preview.error ? 'it cannot be done' : preview.data ? undefined : 'what it would do is being found out';
  return (
    <Dialog
      {...{ title, onClose }}
      isOpen
      actions={
        <>
          <Button kind="quiet" onClick={onClose}>
            Close
          </Button>
          <Button kind="primary" icon="retry" isBusy={isBusy} why={why} onClick={() => send()}>
            {startWords(preview.data)}
          </Button>
        </>
      }
    >
      {preview.shown && (
        <p>
          {preview.shown.isInPlace
            ? 'The run goes on and does it anew, with the same input.'
            : 'The run has ended: a new run takes over what is used again, and does the rest with the same input.'}
        </p>
      )}
      <PreviewOfRun preview={preview} isAsked />
      {error && <ProblemNotice error={error} />}
    </Dialog>
  );
}

import { safeLine } from '../../../src/domain/safe-text.ts';
import { at } from '../api/service.ts';
import { useAsk, useSend } from '../api/use-ask.ts';
import { useLive } from '../live/run-store.ts';
import { useWhyNot } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Notice, ProblemNotice } from '../ui/notice.tsx';
import styles from './actions.module.css';
import { Literal } from './literal.tsx';
import { post } from './post.ts';

interface CancelDialogProps {
  run: string;
  onClose: () => void;
  onDone: () => void;
}

/** Stops a run, once it is known what is stopped and what is undone. */
export function CancelDialog({ run, onClose, onDone }: CancelDialogProps) {
  const { data, error: unknown } = useAsk<{ undo: { id: string; agent: string; taskEnded: boolean }[] }>(
    at`/api/runs/${run}/undo`,
  );
  const { send, isBusy, error } = useSend<void, unknown>(() => post(at`/api/runs/${run}/cancel`, {}), {
    about: [at`/api/runs/${run}`, '/api/waiting'],
    done: () => {
      onClose();
      onDone();
    },
  });
  const running = useLive(({ state }) => [...state.tasks.values()].filter(({ status }) => status === 'running').length);
  const undo = data?.undo ?? [];
  const whyNot = useWhyNot('run');
  return (
    <Dialog
      title={`Cancel ${safeLine(run)}`}
      onClose={onClose}
      isOpen
      actions={
        <>
          <Button kind="quiet" onClick={onClose}>
            Let it go on
          </Button>
          <Button
            kind="danger"
            icon="stop"
            isBusy={isBusy}
            why={whyNot ?? (data || unknown ? undefined : 'what is undone is being found out')}
            onClick={() => send()}
          >
            {undo.length > 0 ? `Cancel it and undo ${undo.length}` : 'Cancel it'}
          </Button>
        </>
      }
    >
      <p>
        {running === 0 ? 'Nothing is running now. ' : `What is running now (${running}) is stopped in the middle. `}
        Nothing more starts. It cannot be taken back; a fork can go on from what is done.
      </p>
      {undo.length > 0 && (
        <>
          <h3>What is undone, in this order</h3>
          <ol>
            {undo.slice(0, 50).map(({ id, taskEnded }) => (
              <li key={id}>
                <Literal text={id} isInline />{' '}
                {!taskEnded && <span className={styles.hint}>(stopped in the middle)</span>}
              </li>
            ))}
          </ol>
          {undo.length > 50 && <p className={styles.hint}>and {undo.length - 50} more</p>}
        </>
      )}
      {data && undo.length === 0 && (
        <Notice kind="info" title="Nothing is undone: no task that has begun says how. Files stay as they are now." />
      )}
      {unknown && !data && (
        <>
          <p>What would be undone could not be found out. It can be cancelled all the same.</p>
          <ProblemNotice error={unknown} />
        </>
      )}
      {error && <ProblemNotice error={error} />}
    </Dialog>
  );
}

import { useState } from 'react';
import { hasEnded } from '../../../src/domain/run/run-state.ts';
import { at } from '../api/service.ts';
import { useSend } from '../api/use-ask.ts';
import { useLive, useRun } from '../live/run-store.ts';
import { notify } from '../shell/notices.tsx';
import { useWhyNot } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { Menu } from '../ui/surface.tsx';
import styles from './actions.module.css';
import { CancelDialog } from './cancel-dialog.tsx';
import { ForkDialog } from './fork-dialog.tsx';
import { LimitsDialog } from './limits-dialog.tsx';
import { MessageDialog } from './message-dialog.tsx';
import { post } from './post.ts';
import { RetryDialog } from './retry-dialog.tsx';

type Asked = 'cancel' | 'fork' | 'limits' | 'message' | 'retry';

/** What can be done to the run of the page. */
export function RunActions() {
  const { id, refresh } = useRun();
  const status = useLive(({ state }) => state.status);
  const hasFailed = useLive(({ state }) => [...state.tasks.values()].some((task) => task.status === 'failed'));
  const [asked, ask] = useState<Asked | null>(null);
  const close = (): void => ask(null);
  const whyNot = useWhyNot('run');
  const whyEnded = hasEnded(status) ? 'the run has ended' : undefined;
  const whyNotLive = whyNot ?? whyEnded;
  // What waits for an answer goes on by that; what a limit or a provider stopped, by somebody's word.
  const isHeld = useLive(
    ({ state }) => state.hold !== null && ['paused', 'budget', 'provider'].includes(state.hold.cause),
  );
  const { send, isBusy } = useSend(
    (what: 'pause' | 'resume') =>
      post(at`/api/runs/${id}/${what}`, {}).catch((error: Error) => notify({ kind: 'bad', text: error.message })),
    { about: [at`/api/runs/${id}`, '/api/waiting'], done: refresh },
  );
  return (
    <div className={styles.buttons}>
      {!whyEnded && (
        <Button
          icon={isHeld ? 'play' : 'pause'}
          isBusy={isBusy}
          why={whyNotLive}
          onClick={() => send(isHeld ? 'resume' : 'pause')}
        >
          {isHeld ? 'Resume' : 'Pause'}
        </Button>
      )}
      {whyEnded && hasFailed && (
        <Button icon="retry" why={whyNot} onClick={() => ask('retry')}>
          Retry what failed
        </Button>
      )}
      <Button icon="fork" why={whyNot} onClick={() => ask('fork')}>
        Fork
      </Button>
      {!whyEnded && (
        <Button kind="danger" icon="stop" why={whyNotLive} onClick={() => ask('cancel')}>
          Cancel
        </Button>
      )}
      <Menu
        label="More"
        items={[
          { label: 'Change limits', icon: 'money', why: whyNotLive, run: () => ask('limits') },
          { label: 'Send a message', icon: 'message', why: whyNotLive, run: () => ask('message') },
          // Of a run that has ended it is a button.
          ...(whyEnded && hasFailed
            ? []
            : [
                {
                  label: 'Retry what failed',
                  icon: 'retry' as const,
                  why: whyNot ?? (hasFailed ? undefined : 'nothing has failed'),
                  run: () => ask('retry'),
                },
              ]),
        ]}
      />
      {asked === 'cancel' && <CancelDialog run={id} onClose={close} onDone={refresh} />}
      {asked === 'fork' && <ForkDialog run={id} onClose={close} />}
      {asked === 'limits' && <LimitsDialog run={id} onClose={close} onDone={refresh} />}
      {asked === 'message' && <MessageDialog run={id} onClose={close} />}
      {asked === 'retry' && <RetryDialog run={id} onClose={close} onDone={refresh} />}
    </div>
  );
}

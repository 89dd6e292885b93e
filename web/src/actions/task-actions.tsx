import { useState } from 'react';
import { openTaskStatuses } from '../../../src/domain/run/task-state.ts';
import { hasEnded } from '../../../src/domain/run/run-state.ts';
import { useLive, useRun } from '../live/run-store.ts';
import { useWhyNot } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import styles from './actions.module.css';
import { ForkDialog } from './fork-dialog.tsx';
import { RetryDialog } from './retry-dialog.tsx';
import { SkipDialog } from './skip-dialog.tsx';

type Asked = 'task' | 'from' | 'fork' | 'skip';

/** What can be done to a task of the run of the page. @param task its id, or that of an execution */
export function TaskActions({ task }: { task: string }) {
  const { id, refresh } = useRun();
  const isOver = useLive(({ state }) => hasEnded(state.status));
  const status = useLive(({ state }) => state.tasks.get(task)?.status);
  const [asked, ask] = useState<Asked | null>(null);
  const close = (): void => ask(null);
  const whyNot = useWhyNot('run');
  const isOpen = status === undefined || openTaskStatuses.includes(status);
  const whyNotAgain = whyNot ?? (isOpen && !isOver ? 'the task has not ended' : undefined);
  return (
    <div className={styles.buttons}>
      <Button icon="retry" why={whyNotAgain} onClick={() => ask('task')}>
        Retry task
      </Button>
      <Button icon="retry" why={whyNotAgain} onClick={() => ask('from')}>
        Retry from here
      </Button>
      <Button icon="fork" why={whyNot} onClick={() => ask('fork')}>
        Fork from here
      </Button>
      {isOpen && !isOver && (
        <Button kind="danger" why={whyNot} onClick={() => ask('skip')}>
          Skip
        </Button>
      )}
      {asked === 'task' && <RetryDialog run={id} task={task} onClose={close} onDone={refresh} />}
      {asked === 'from' && <RetryDialog run={id} from={task} onClose={close} onDone={refresh} />}
      {asked === 'fork' && <ForkDialog run={id} from={task} onClose={close} />}
      {asked === 'skip' && <SkipDialog run={id} task={task} onClose={close} onDone={refresh} />}
    </div>
  );
}

import type { TaskAttempt } from '../../../../../src/client/inspect/task-attempts.ts';
import type { TaskDetail } from '../../../../../src/client/inspect/task-detail.ts';
import type { FileWrite, TaskFiles } from '../../../../../src/client/inspect/task-files.ts';
import { safeLine } from '../../../../../src/domain/safe-text.ts';
import { useAsk } from '../../../api/use-ask.ts';
import { Diff } from '../../../untrusted/diff.tsx';
import { AskAgain } from '../../../ui/notice.tsx';
import { Empty, Loading } from '../../../ui/surface.tsx';
import { useTaskPath } from './use-task.ts';
import styles from './inspector.module.css';

/** Which files a task wrote, as far as anybody can know. */
export function FilesPane({ detail, attempt }: { detail: TaskDetail; attempt: TaskAttempt | null }) {
  const { data, error, refetch } = useAsk<TaskFiles>(`${useTaskPath(detail.id)}/files`);
  if (error && !data) return <AskAgain error={error} refetch={refetch} />;
  if (!data) return <Loading />;
  const { commands, otherTools, diff, whyNone, workspace } = data;
  const isOne = attempt !== null && detail.attempts.length > 1;
  const writes = isOne
    ? data.writes.filter((write) => write.attempt === attempt.attempt && write.epoch === attempt.epoch)
    : data.writes;
  return (
    <div className={styles.why}>
      <div>
        <h3>Written by its tool for files{isOne && ` in attempt ${attempt.number}`}</h3>
        {writes.length === 0 ? (
          <Empty title="It wrote none." />
        ) : (
          writes.map((write, at) => <Write key={at} write={write} />)
        )}
        {commands > 0 && (
          <p className={styles.muted}>
            {commands} {commands === 1 ? 'command' : 'commands'} of its shell{isOne && ', in all attempts,'} may have
            written more: only what changed in the repository tells.
          </p>
        )}
        {otherTools.length > 0 && (
          <p className={styles.muted}>So may these tools: {safeLine(otherTools.join(', '))}.</p>
        )}
      </div>
      <div>
        <h3>Changed in the repository{isOne && ' by all its attempts'}</h3>
        {diff ? (
          <>
            <p className={styles.muted}>{rangeText(diff)}</p>
            <Diff patch={diff.patch} />
          </>
        ) : (
          <p className={styles.muted}>Nobody can say: {safeLine(whyNone ?? '')}</p>
        )}
        <p className={styles.muted}>
          Folder: <code>{safeLine(workspace)}</code>
        </p>
      </div>
    </div>
  );
}

/** What lies between the two states that are compared, in words. */
function rangeText({ from, to, others, isShortened }: NonNullable<TaskFiles['diff']>): string {
  const names = others.slice(0, 8).join(', ') + (others.length > 8 ? ' and others' : '');
  return safeLine(
    [
      `From checkpoint ${from}, to checkpoint ${to}: all that changed in the folder meanwhile.`,
      others.length > 0 && `What ${names} changed meanwhile is in it, too.`,
      isShortened && 'There is more than is shown here.',
    ]
      .filter(Boolean)
      .join(' '),
  );
}

function Write({ write }: { write: FileWrite }) {
  const { path, action, turn, succeeded, patch, isShortened } = write;
  const end = succeeded === null ? 'nobody knows how it ended' : succeeded ? '' : 'failed';
  return (
    <details>
      <summary>
        <code>{safeLine(path)}</code>{' '}
        <span className={styles.muted}>
          {[safeLine(action), `turn ${turn}`, end, isShortened ? 'shortened' : ''].filter(Boolean).join(' · ')}
        </span>
      </summary>
      <Diff patch={patch} label={`What it wrote into ${safeLine(path)}`} />
    </details>
  );
}

import type { TaskAttempt } from '../../../../../src/client/inspect/task-attempts.ts';
import type { TaskDetail } from '../../../../../src/client/inspect/task-detail.ts';
import type { TaskTranscript } from '../../../../../src/client/inspect/task-transcript.ts';
import { safeText } from '../../../../../src/domain/safe-text.ts';
import { useAsk } from '../../../api/use-ask.ts';
import { Diff } from '../../../untrusted/diff.tsx';
import { differingLines } from '../../../untrusted/read-patch.ts';
import { useTaskPath } from './use-task.ts';
import styles from './inspector.module.css';

/** What is another in an attempt than in the one before it: its prompt, its model, its error. */
export function ChangedSince({ detail, attempt }: { detail: TaskDetail; attempt: TaskAttempt }) {
  const before = detail.attempts.find(({ number }) => number === attempt.number - 1);
  const path = `${useTaskPath(detail.id)}/transcript`;
  const one = useAsk<TaskTranscript>(path, { query: { attempt: attempt.number - 1, limit: 1 } });
  const other = useAsk<TaskTranscript>(path, { query: { attempt: attempt.number, limit: 1 } });
  if (!before) return null;
  const [was, is] = [promptOf(one.data), promptOf(other.data)];
  const prompt = was === null || is === null ? null : differingLines(was, is);
  const models = [before.models.join(', '), attempt.models.join(', ')];
  return (
    <div className={styles.changed}>
      <h3>Changed since attempt {before.number}</h3>
      <ul>
        <li>Model: {models[0] === models[1] ? 'the same' : safeText(`${models[0]} → ${models[1]}`)}</li>
        <li>
          {attempt.error === null
            ? `Then it failed: ${safeText(before.error ?? 'nobody said why')}`
            : attempt.error === before.error
              ? `It failed with the same error: ${safeText(attempt.error)}`
              : `Another error: ${safeText(`${before.error ?? 'none'} → ${attempt.error}`)}`}
        </li>
        {prompt === '' && <li>Prompt: the same</li>}
      </ul>
      {prompt !== null && prompt !== '' && <Diff patch={prompt} label="Changes of the prompt" />}
    </div>
  );
}

function promptOf(transcript: TaskTranscript | undefined): string | null {
  const first = transcript?.messages[0];
  if (!first) return null;
  return first.said.flatMap((each) => (each.type === 'text' ? each.text : [])).join('\n');
}

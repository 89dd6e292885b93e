import type { TaskAttempt } from '../../../../../src/client/inspect/task-attempts.ts';
import type { TaskDetail } from '../../../../../src/client/inspect/task-detail.ts';
import { Button } from '../../../ui/button.tsx';
import { JsonTree } from '../../../untrusted/json-tree.tsx';
import { Notice } from '../../../ui/notice.tsx';
import { isEarlier } from './earlier-attempt.ts';
import { LongText } from './long-text.tsx';
import styles from './inspector.module.css';

interface InputOutputProps {
  detail: TaskDetail;
  attempt: TaskAttempt | null;
  onLook: (look: 'transcript') => void;
}

/** What a task was told, and what came out of it, beside the form that it had to have. */
export function InputOutputPane({ detail, attempt, onLook }: InputOutputProps) {
  const { prompt, data, schema, output, value, item, attempts } = detail;
  const isBegun = attempts.length > 0;
  return (
    <div className={styles.why}>
      {attempt && isEarlier(detail, attempt) && (
        <Notice
          kind="info"
          title={`This is of the newest attempt, not of attempt ${attempt.number}.`}
          action={<Button onClick={() => onLook('transcript')}>Transcript</Button>}
        >
          What attempt {attempt.number} was told and answered stands in its transcript.
        </Notice>
      )}
      <div>
        <h3>Prompt</h3>
        {!isBegun && prompt && (
          <p className={styles.muted}>It has not begun: what only the run can fill in stands in it as written.</p>
        )}
        {prompt ? (
          <LongText text={prompt} isMarkdown={false} label="Prompt" />
        ) : (
          <p className={styles.muted}>It has none.</p>
        )}
      </div>
      {item !== undefined && (
        <div>
          <h3>Item</h3>
          <JsonTree value={item} label="Item" />
        </div>
      )}
      {data && (
        <div>
          <h3>Data</h3>
          <JsonTree value={data} label="Data" />
        </div>
      )}
      <div>
        <h3>Output</h3>
        {output === null && <p className={styles.muted}>Nothing came out of it yet.</p>}
        {value !== undefined ? (
          <JsonTree value={value} label="Output" />
        ) : (
          output && <LongText text={output} isMarkdown label="Output" />
        )}
        {schema && output !== null && (
          <Notice
            kind={value === undefined ? 'bad' : 'good'}
            title={
              value === undefined
                ? 'It is no JSON of the form that the task asks for.'
                : 'It has the form that the task asks for.'
            }
          />
        )}
      </div>
      {schema && (
        <details>
          <summary>Form that it has to have (JSON Schema)</summary>
          <JsonTree value={schema} label="JSON Schema" />
        </details>
      )}
    </div>
  );
}

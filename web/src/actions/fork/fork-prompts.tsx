import { useState } from 'react';
import { safeLine } from '../../../../src/domain/safe-text.ts';
import type { EditableRun } from '../../../../src/client/preview/editable.ts';
import { patchOf } from '../../../../src/domain/line-diff.ts';
import { at } from '../../api/service.ts';
import { useAsk } from '../../api/use-ask.ts';
import { Diff } from '../../untrusted/diff.tsx';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { ProblemNotice } from '../../ui/notice.tsx';
import { Loading } from '../../ui/surface.tsx';
import styles from '../actions.module.css';

/** What a part of the dialog edits. */
export interface EditsProps {
  data: EditableRun;
  /** By the names of `set`. */
  set: Readonly<Record<string, string>>;
  /** What is wrong with them, by the same. */
  wrong: Readonly<Record<string, string>>;
  /** Null: it is as it was. */
  edit: (name: string, value: string | null) => void;
}

/** Another prompt of a task, with what is other about it. */
export function PromptEdits({
  run,
  task,
  data,
  set,
  wrong,
  edit,
}: EditsProps & { run: string; task: string | undefined }) {
  const known = data.tasks.some(({ id }) => id === task) ? task : undefined;
  const [id, choose] = useState(known ?? data.tasks[0]?.id ?? '');
  const path = `${at`/api/runs/${run}/edits`}?task=${encodeURIComponent(id)}`;
  const { data: whole, error } = useAsk<EditableRun>(id === '' ? null : path);
  const before = whole?.tasks[0]?.prompt;
  const name = `prompt.${id}`;
  const text = set[name] ?? before;
  return (
    <>
      <Field label="Task">
        {(props) => (
          <select {...props} value={id} onChange={({ target }) => choose(target.value)}>
            {data.tasks.map(({ id: each, agent }) => (
              <option key={each} value={each}>
                {safeLine(each)} ({safeLine(agent)}){set[`prompt.${each}`] === undefined ? '' : ', changed'}
              </option>
            ))}
          </select>
        )}
      </Field>
      {error && before === undefined ? (
        <ProblemNotice error={error} />
      ) : before === undefined || text === undefined ? (
        <Loading />
      ) : (
        <>
          <Field label="Prompt" error={wrong[name]}>
            {(props) => (
              <textarea
                {...props}
                rows={Math.min(14, Math.max(5, text.split('\n').length + 1))}
                value={text}
                onChange={({ target }) => edit(name, target.value === before ? null : target.value)}
              />
            )}
          </Field>
          {text !== before && (
            <div className={styles.part}>
              <Diff patch={patchOf(before, text)} />
              <div>
                <Button kind="quiet" icon="retry" onClick={() => edit(name, null)}>
                  As it was
                </Button>
              </div>
            </div>
          )}
        </>
      )}
    </>
  );
}

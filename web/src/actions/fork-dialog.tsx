import { useState } from 'react';
import { useLocation } from 'wouter';
import { safeLine } from '../../../src/domain/safe-text.ts';
import type { EditableRun } from '../../../src/client/preview/editable.ts';
import { at } from '../api/service.ts';
import { useAsk, useSend } from '../api/use-ask.ts';
import { notify } from '../shell/notices.tsx';
import { useWhyNot } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { ProblemNotice } from '../ui/notice.tsx';
import { Loading } from '../ui/surface.tsx';
import { Tabs } from '../ui/tabs.tsx';
import styles from './actions.module.css';
import { bodyOf, countEdits, editsWrong, newFork, type Fork } from './fork/fork.ts';
import { InputEdits, LimitEdits, ModelEdits } from './fork/fork-edits.tsx';
import { PromptEdits } from './fork/fork-prompts.tsx';
import { post } from './post.ts';
import { PreviewOfRun } from './fork/run-preview.tsx';
import { startWords } from './fork/preview-words.ts';
import { usePreview } from './fork/use-preview.ts';

interface ForkDialogProps {
  /** The run to go on from. */
  run: string;
  /** Checkpoint or task; left out: wherever nothing changed. */
  from?: string | undefined;
  /** Task whose prompt is shown first. */
  task?: string | undefined;
  onClose: () => void;
}

/** Goes on from a run with another prompt, model, input or limit. What is used again, what is done anew and for how much is shown before. */
export function ForkDialog({ run, from, task, onClose }: ForkDialogProps) {
  const { data, error } = useAsk<EditableRun>(at`/api/runs/${run}/edits`);
  const [fork, setFork] = useState(() => newFork(from));
  const [, goTo] = useLocation();
  const body = bodyOf(fork);
  const preview = usePreview(body && at`/api/runs/${run}/fork/preview`, body);
  const whyNot = useWhyNot('run');
  const {
    send,
    isBusy,
    error: refused,
  } = useSend((wanted: object) => post<{ runId: string }>(at`/api/runs/${run}/fork`, wanted), {
    about: ['/api/runs'],
    done: ({ runId }) => {
      notify({ kind: 'good', text: `${runId} goes on from ${run}` });
      onClose();
      goTo(at`/runs/${runId}`);
    },
  });
  const wrong = editsWrong(preview.error);
  const why =
    whyNot ??
    (body === null
      ? 'say from where, or change something'
      : preview.error
        ? 'something of it cannot be done'
        : preview.data
          ? undefined
          : 'what it would do is being found out');
  return (
    <Dialog
      title={`Fork ${safeLine(run)}`}
      isOpen
      isWide
      onClose={onClose}
      actions={
        <>
          <Button kind="quiet" onClick={onClose}>
            Close
          </Button>
          <Button kind="primary" icon="fork" isBusy={isBusy} why={why} onClick={() => body && send(body)}>
            {startWords(preview.data)}
          </Button>
        </>
      }
    >
      {error && <ProblemNotice error={error} />}
      {!data && !error && <Loading what="Finding out what can be changed" />}
      {data && (
        <div className={styles.two}>
          <div className={styles.part}>
            <From {...{ fork, setFork, data }} />
            <Edits {...{ run, fork, setFork, data, wrong, task: task ?? from }} />
          </div>
          <PreviewOfRun preview={preview} isAsked={body !== null} hidesProblem={Object.keys(wrong).length > 0} />
        </div>
      )}
      {refused && <ProblemNotice error={refused} />}
    </Dialog>
  );
}

interface PartProps {
  fork: Fork;
  setFork: (change: (before: Fork) => Fork) => void;
  data: EditableRun;
}

function From({ fork, setFork, data }: PartProps) {
  const point = data.checkpoints.find(({ name }) => name === fork.from);
  return (
    <>
      <Field
        label="Go on from"
        hint="Everything before it is used again; a task is done anew with all that depends on it."
      >
        {(props) => (
          <select
            {...props}
            value={fork.from}
            onChange={({ target }) => setFork((before) => ({ ...before, from: target.value, onFiles: false }))}
          >
            <option value="">Wherever something is changed</option>
            {data.checkpoints.length > 0 && (
              <optgroup label="Checkpoints">
                {data.checkpoints.map(({ name, tasks }) => (
                  <option key={name} value={name}>
                    {safeLine(name)} ({tasks} done)
                  </option>
                ))}
              </optgroup>
            )}
            {!data.isScript && (
              <optgroup label="Tasks">
                {data.tasks.map(({ id }) => (
                  <option key={id} value={id}>
                    {safeLine(id)}
                  </option>
                ))}
              </optgroup>
            )}
            {fork.from !== '' && !point && !data.tasks.some(({ id }) => id === fork.from) && (
              <option value={fork.from}>{safeLine(fork.from)}</option>
            )}
          </select>
        )}
      </Field>
      {point?.keepsFiles && (
        <label>
          <input
            type="checkbox"
            checked={fork.onFiles}
            onChange={({ target }) => setFork((before) => ({ ...before, onFiles: target.checked }))}
          />{' '}
          Work on the files as they were then, in a git worktree of its own
        </label>
      )}
    </>
  );
}

const kinds = ['prompt', 'model', 'input', 'limits'] as const;
const titles = { prompt: 'Prompts', model: 'Models', input: 'Inputs', limits: 'Limits' } as const;

function Edits({
  run,
  fork,
  setFork,
  data,
  wrong,
  task,
}: PartProps & { run: string; wrong: Record<string, string>; task: string | undefined }) {
  const [kind, setKind] = useState<(typeof kinds)[number]>(data.isScript ? 'model' : 'prompt');
  const shown = kinds.filter(
    (each) => !(each === 'prompt' && data.isScript) && !(each === 'input' && data.inputs.length === 0),
  );
  const edit = (name: string, value: string | null): void =>
    setFork((before) => {
      const { [name]: _, ...rest } = before.set;
      return { ...before, set: value === null ? rest : { ...rest, [name]: value } };
    });
  const about = { data, set: fork.set, wrong, edit };
  return (
    <>
      <Tabs
        label="What is changed"
        tabs={shown.map((id) => ({ id, title: titles[id], count: countEdits(fork, id) }))}
        current={kind}
        onChange={setKind}
      />
      {kind === 'prompt' && <PromptEdits run={run} task={task} {...about} />}
      {kind === 'model' && <ModelEdits {...about} />}
      {kind === 'input' && <InputEdits {...about} />}
      {kind === 'limits' && <LimitEdits {...about} />}
    </>
  );
}

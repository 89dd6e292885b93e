import { useState } from 'react';
import type { OutlineTask } from '../../../../../src/definition/edit/outline.ts';
import { safeLine } from '../../../../../src/domain/safe-text.ts';
import { Field } from '../../../ui/field.tsx';
import { Chip, Menu } from '../../../ui/surface.tsx';
import { useBuilder, problemsAt } from '../builder-context.ts';
import { FieldGroups } from './field-groups.tsx';
import { taskFields } from './fields.ts';
import { ProblemsOf } from './problems.tsx';
import { taskMoves } from '../task-moves.ts';
import styles from './panel.module.css';

/** The form of a task. */
export function TaskPanel({ task }: { task: OutlineTask }) {
  const builder = useBuilder();
  const { edit, problems, outline, showLine, whyNot } = builder;
  const { at, id, values, line } = task;
  const found = problemsAt(problems, at);
  const why = whyNot ?? undefined;
  return (
    <section className={styles.panel} aria-label={`Task ${safeLine(id)}`}>
      <header className={styles.head}>
        <h2>{safeLine(id)}</h2>
        <Menu
          label="What can be done with the task"
          items={[
            ...taskMoves(outline, task).map(({ label, move }) => ({
              label,
              why,
              run: () => edit([move.edit], move.to),
            })),
            { label: 'Show in the text', icon: 'file', run: () => showLine(line) },
            {
              label: 'Delete task',
              icon: 'close',
              isDanger: true,
              why,
              run: () => edit([{ do: 'remove-task', at }], []),
            },
          ]}
        />
      </header>
      <ProblemsOf problems={found} />
      <div className={styles.fields}>
        <IdField key={id} task={task} />
        <WaitsFor task={task} />
      </div>
      <FieldGroups
        key={JSON.stringify(at)}
        {...{
          groups: taskFields,
          at,
          values,
          own: id,
          problems: found,
          line,
          known: ['id', 'depends_on', 'dependencies'],
        }}
      />
    </section>
  );
}

function IdField({ task: { id, at, isNamed } }: { task: OutlineTask }) {
  const { edit, whyNot } = useBuilder();
  const [typed, setTyped] = useState(id);
  const commit = (): void => {
    const next = typed.trim();
    if (next !== '' && next !== id) edit([{ do: 'rename-task', at, id: next }], at);
    else setTyped(id);
  };
  return (
    <Field
      label="Id"
      hint={
        isNamed ? 'What names it follows when it changes.' : 'Not written: made of phase and agent. Type to name it.'
      }
    >
      {(input) => (
        <input
          {...input}
          value={typed}
          disabled={whyNot !== null}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={commit}
          onKeyDown={(event) => event.key === 'Enter' && commit()}
        />
      )}
    </Field>
  );
}

/** What a task waits for: taken away and added from a list, as by lines of the picture. */
function WaitsFor({ task: { id, at, waitsFor } }: { task: OutlineTask }) {
  const { edit, outline, whyNot } = useBuilder();
  const written = waitsFor.filter(({ from }) => from === 'explicit');
  const implied = waitsFor.filter(({ from }) => from !== 'explicit');
  const others = outline.tasks.filter((each) => each.id !== id && !written.some(({ task }) => task === each.id));
  return (
    <Field
      label="Waits for"
      hint={
        implied.length > 0
          ? `And, by the order of its phase or conversation, for ${implied.map(({ task }) => safeLine(task)).join(', ')}.`
          : undefined
      }
    >
      {(input) => (
        <>
          {written.length > 0 && (
            <div className={styles.chips}>
              {written.map(({ task }) => (
                <Chip
                  key={task}
                  label={safeLine(task)}
                  {...(whyNot === null && { onRemove: () => edit([{ do: 'disconnect', at, task }], at) })}
                >
                  {safeLine(task)}
                </Chip>
              ))}
            </div>
          )}
          <select
            {...input}
            value=""
            disabled={whyNot !== null || others.length === 0}
            onChange={(event) => edit([{ do: 'connect', at, task: event.target.value }], at)}
          >
            <option value="">{others.length === 0 ? 'There is no other task' : 'Add a task to wait for …'}</option>
            {others.map((each) => (
              <option key={each.id} value={each.id}>
                {safeLine(each.id)}
              </option>
            ))}
          </select>
        </>
      )}
    </Field>
  );
}

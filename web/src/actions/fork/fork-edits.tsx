import { useId } from 'react';
import { Field } from '../../ui/field.tsx';
import styles from '../actions.module.css';
import type { EditsProps } from './fork-prompts.tsx';

/** Another model of an agent. */
export function ModelEdits({ data, set, wrong, edit }: EditsProps) {
  const list = useId();
  return (
    <>
      <datalist id={list}>
        {data.models.map(({ name, inputUsd, outputUsd }) => (
          <option key={name} value={name}>
            {inputUsd === null ? '' : `$${inputUsd} in, $${outputUsd} out a million tokens`}
          </option>
        ))}
      </datalist>
      {data.agents.map(({ name, model, tasks, ownModel }) => {
        const key = `model.${name}`;
        return (
          <Field key={name} label={`Model of ${name}`} hint={modelHint(tasks, ownModel)} error={wrong[key]}>
            {(props) => (
              <input
                {...props}
                list={list}
                value={set[key] ?? model}
                onChange={({ target }) => edit(key, target.value === model ? null : target.value)}
              />
            )}
          </Field>
        );
      })}
    </>
  );
}

function modelHint(tasks: number, ownModel: number): string {
  const does = tasks === 0 ? 'It does no task of the plan' : `It does ${tasks === 1 ? 'one task' : `${tasks} tasks`}`;
  return ownModel === 0
    ? `${does}.`
    : `${does}, of which ${ownModel} say themselves which model they want and keep it.`;
}

/** Another value of an input. */
export function InputEdits({ data, set, wrong, edit }: EditsProps) {
  return data.inputs.map(({ name, type, value, why }) => {
    const key = `input.${name}`;
    const before = typeof value === 'string' ? value : JSON.stringify(value);
    const text = set[key] ?? before;
    const isLong = text.includes('\n') || text.length > 80;
    return (
      <Field
        key={name}
        label={name}
        hint={why ?? (type === 'any' ? undefined : `A value of type ${type}.`)}
        error={wrong[key]}
      >
        {(props) => {
          const given = {
            ...{ ...props, value: text, readOnly: why !== null },
            onChange: ({ target }: { target: { value: string } }) =>
              edit(key, target.value === before ? null : target.value),
          };
          return isLong ? <textarea {...given} rows={4} /> : <input {...given} />;
        }}
      </Field>
    );
  });
}

const words: Readonly<Record<string, string>> = {
  usd: 'Money, in USD',
  tokens: 'Tokens',
  max_parallel: 'Tasks at once',
  usd_per_minute: 'USD a minute',
  timeout: 'Time, such as 30m or 2h',
  on_exceeded: 'When a limit is reached',
};

/** Other limits of the run. */
export function LimitEdits({ data, set, wrong, edit }: EditsProps) {
  return (
    <div className={styles.part}>
      {data.limits.map(({ name, value }) => {
        const key = `limits.${name}`;
        const change = (text: string): void => edit(key, text === value ? null : text);
        return (
          <Field key={name} label={words[name] ?? name} error={wrong[key]}>
            {(props) =>
              name === 'on_exceeded' ? (
                <select {...props} value={set[key] ?? value} onChange={({ target }) => change(target.value)}>
                  <option value="pause">It waits for a person</option>
                  <option value="fail">It ends</option>
                </select>
              ) : (
                <input
                  {...props}
                  placeholder={value === '' ? 'none' : undefined}
                  value={set[key] ?? value}
                  onChange={({ target }) => change(target.value)}
                />
              )
            }
          </Field>
        );
      })}
    </div>
  );
}

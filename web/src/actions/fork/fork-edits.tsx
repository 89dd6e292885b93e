import { useState } from 'react';
import type { EditableRun } from '../../../../src/client/preview/editable.ts';
import { safeLine } from '../../../../src/domain/safe-text.ts';
import { Field } from '../../ui/field.tsx';
import styles from '../actions.module.css';
import type { EditsProps } from './fork-prompts.tsx';

/** Another model of an agent. */
export function ModelEdits(props: EditsProps) {
  return props.data.agents.map((agent) => <ModelEdit key={agent.name} agent={agent} {...props} />);
}

/** All that are known to choose from, and any other by its name. */
function ModelEdit({ agent, data, set, wrong, edit }: EditsProps & { agent: EditableRun['agents'][number] }) {
  const { name, model, tasks, ownModel } = agent;
  const key = `model.${name}`;
  const value = set[key] ?? model;
  const known = data.models.some((each) => each.name === value) || value === model;
  const [isOther, setOther] = useState(!known);
  const change = (text: string): void => edit(key, text === model ? null : text);
  return (
    <Field label={`Model of ${safeLine(name)}`} hint={modelHint(tasks, ownModel)} error={wrong[key]}>
      {(props) => (
        <>
          <select
            {...props}
            value={isOther ? '' : value}
            onChange={({ target }) => {
              setOther(target.value === '');
              if (target.value !== '') change(target.value);
            }}
          >
            {!data.models.some((each) => each.name === model) && <option value={model}>{safeLine(model)}</option>}
            {data.models.map(({ name: each, inputUsd, outputUsd }) => (
              <option key={each} value={each}>
                {safeLine(each)}
                {inputUsd !== null && `: $${inputUsd} in, $${outputUsd} out a million tokens`}
              </option>
            ))}
            <option value="">Another, by its name …</option>
          </select>
          {isOther && (
            <input
              aria-label={`Name of the model of ${safeLine(name)}`}
              autoFocus
              value={value}
              onChange={({ target }) => change(target.value)}
            />
          )}
        </>
      )}
    </Field>
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
        label={safeLine(name)}
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

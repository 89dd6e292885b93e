import { useState, type FormEvent } from 'react';
import type { Overlap, ScheduleEntry } from '../../../../src/client/schedules/schedules.ts';
import { ask } from '../../api/service.ts';
import { useAsk, useSend } from '../../api/use-ask.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { ProblemNotice } from '../../ui/notice.tsx';

const overlaps: readonly { value: Overlap; words: string }[] = [
  { value: 'skip', words: 'leave it out' },
  { value: 'buffer-one', words: 'start one of them afterwards' },
  { value: 'buffer-all', words: 'start all of them afterwards' },
  { value: 'allow', words: 'start it beside it' },
  { value: 'cancel-other', words: 'cancel the one that goes on' },
];

/** What a new schedule needs; what it starts is checked by the service before it is added. */
export function NewSchedule({ onDone }: { onDone: (name: string) => void }) {
  const [form, setForm] = useState({ name: '', file: '', inputs: '', cron: '0 3 * * *', overlap: 'skip' });
  const { data } = useAsk<{ templates: { id: string }[] }>('/api/templates');
  const add = useSend(
    async () => {
      const { inputs, ...rest } = form;
      const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
      const given = inputs.trim() === '' ? {} : { inputs: JSON.parse(inputs) as object };
      return ask<ScheduleEntry>('/api/schedules', { method: 'POST', body: { ...rest, ...given, timeZone } });
    },
    { about: ['/api/schedules'], done: ({ name }) => onDone(name) },
  );
  const set = (key: keyof typeof form) => (event: { target: { value: string } }) =>
    setForm({ ...form, [key]: event.target.value });
  const inputsError = jsonError(form.inputs);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (inputsError === undefined) add.send(undefined);
  };
  return (
    <form onSubmit={submit} style={{ display: 'contents' }}>
      <Field label="Name" isRequired hint="Its runs are called by it and their time.">
        {(props) => <input {...props} required value={form.name} onChange={set('name')} />}
      </Field>
      <Field label="Workflow" isRequired hint="A template, or a workflow file in the folder of the service.">
        {(props) => (
          <>
            <input {...props} required list="schedule-templates" value={form.file} onChange={set('file')} />
            <datalist id="schedule-templates">
              {data?.templates.map(({ id }) => (
                <option key={id}>{id}</option>
              ))}
            </datalist>
          </>
        )}
      </Field>
      <Field label="Inputs" hint='JSON, as {"topic": "bees"}' error={inputsError}>
        {(props) => <textarea {...props} rows={2} value={form.inputs} onChange={set('inputs')} />}
      </Field>
      <Field
        label="When"
        isRequired
        hint="Minute, hour, day, month, weekday; or @hourly, @daily, @every 90m. In your time zone."
      >
        {(props) => <input {...props} required value={form.cron} onChange={set('cron')} />}
      </Field>
      <Field label="While a run of it goes on">
        {(props) => (
          <select {...props} value={form.overlap} onChange={set('overlap')}>
            {overlaps.map(({ value, words }) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        )}
      </Field>
      {add.error && <ProblemNotice error={add.error} />}
      <Button kind="primary" type="submit" isBusy={add.isBusy}>
        Add the schedule
      </Button>
    </form>
  );
}

function jsonError(text: string): string | undefined {
  if (text.trim() === '') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? undefined
      : 'It is no object of inputs by their names.';
  } catch (error) {
    return `It is no JSON: ${(error as Error).message}`;
  }
}

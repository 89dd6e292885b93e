import { useState, type ReactNode } from 'react';
import { safeLine } from '../../../src/domain/safe-text.ts';
import type { WaitingDetail } from '../../../src/client/control/waiting-detail.ts';
import type { WaitingEntry } from '../../../src/client/runs.ts';
import type { JsonObject, JsonValue } from '../../../src/domain/json.ts';
import { patchOf } from '../../../src/domain/line-diff.ts';
import { Diff } from '../untrusted/diff.tsx';
import { Button } from '../ui/button.tsx';
import { Field, type InputProps } from '../ui/field.tsx';
import styles from './actions.module.css';
import { fieldsOf, readFields, toText, type InputField } from './input-form.ts';

interface EditFormProps {
  entry: WaitingEntry;
  detail: WaitingDetail;
  isBusy: boolean;
  isGrave: boolean;
  onApprove: (edit: JsonValue, comment: string) => void;
  onCancel: () => void;
}

/** What is asked about, to be changed before it is approved: the prompt of a task, or the input of a call by its tool's schema. */
export function EditForm({ entry, detail, ...rest }: EditFormProps) {
  return detail.call ? (
    <CallForm call={detail.call} {...rest} />
  ) : (
    <PromptForm prompt={detail.text ?? entry.detail} {...rest} />
  );
}

type FormProps = Omit<EditFormProps, 'entry' | 'detail'>;

function PromptForm({ prompt, ...rest }: FormProps & { prompt: string }) {
  const [text, setText] = useState(prompt);
  const problem = text.trim() === '' ? 'The prompt is empty.' : undefined;
  return (
    <Changed
      {...rest}
      verb="Start with this prompt"
      why={problem ?? (text === prompt ? 'nothing is changed yet' : undefined)}
      patch={patchOf(prompt, text)}
      edit={text}
    >
      <Field label="Prompt" error={problem}>
        {(props) => (
          <textarea {...props} autoFocus rows={8} value={text} onChange={(event) => setText(event.target.value)} />
        )}
      </Field>
    </Changed>
  );
}

function CallForm({ call, ...rest }: FormProps & { call: NonNullable<WaitingDetail['call']> }) {
  const fields = fieldsOf(call.schema, call.input);
  const [texts, setTexts] = useState(() =>
    Object.fromEntries(fields.map((each) => [each.name, toText(each, call.input[each.name])])),
  );
  const { input, problems } = readFields(fields, texts, call.input);
  const isSame = JSON.stringify(sorted(input)) === JSON.stringify(sorted(call.input));
  const used = fields.filter(({ name, isRequired }) => isRequired || Object.hasOwn(call.input, name));
  const more = fields.filter((each) => !used.includes(each));
  const draw = (field: InputField) => (
    <Field key={field.name} label={safeLine(field.name)} hint={field.hint ?? undefined} error={problems[field.name]}>
      {(props) => (
        <FieldInput
          {...{ field, props }}
          value={texts[field.name] ?? ''}
          onChange={(text) => setTexts((before) => ({ ...before, [field.name]: text }))}
        />
      )}
    </Field>
  );
  const isWrong = Object.keys(problems).length > 0;
  return (
    <Changed
      {...rest}
      verb="Run it as changed"
      why={isWrong ? 'something of it cannot be meant' : isSame ? 'nothing is changed yet' : undefined}
      patch={patchOf(linesOf(call.input), linesOf(input))}
      edit={input}
    >
      {used.map(draw)}
      {more.length > 0 && (
        <details className={styles.fold}>
          <summary>What else {safeLine(call.tool)} takes</summary>
          <div className={styles.part}>{more.map(draw)}</div>
        </details>
      )}
    </Changed>
  );
}

/** Texts of several lines as such, so that a diff shows what changed in them. */
function linesOf(input: JsonObject): string {
  return Object.entries(sorted(input))
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}\n`)
    .join('');
}

function sorted(input: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(input).toSorted(([a], [b]) => a.localeCompare(b)));
}

interface FieldInputProps {
  field: InputField;
  props: InputProps;
  value: string;
  onChange: (text: string) => void;
}

function FieldInput({ field: { kind, choices }, props, value, onChange }: FieldInputProps) {
  const given = {
    ...props,
    value,
    className: styles.mono,
    onChange: (event: { target: { value: string } }) => onChange(event.target.value),
  };
  if (kind === 'long' || kind === 'json')
    return <textarea {...given} rows={Math.min(16, Math.max(3, value.split('\n').length + 1))} />;
  if (kind === 'choice' || kind === 'boolean')
    return (
      <select {...given}>
        <option value="">(left out)</option>
        {(kind === 'boolean' ? ['true', 'false'] : choices).map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
    );
  return <input {...given} inputMode={kind === 'number' ? 'decimal' : undefined} />;
}

interface ChangedProps extends FormProps {
  verb: string;
  why: string | undefined;
  patch: string;
  edit: JsonValue;
  children: ReactNode;
}

function Changed({ verb, why, patch, edit, isBusy, isGrave, onApprove, onCancel, children }: ChangedProps) {
  const [comment, setComment] = useState('');
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (why === undefined && !isBusy) onApprove(edit, comment);
      }}
    >
      {children}
      {patch !== '' && (
        <div>
          <p className={styles.hint}>What you change</p>
          <Diff patch={patch} />
        </div>
      )}
      <Field label="Comment" hint="For the record; may be left out.">
        {(props) => <input {...props} value={comment} onChange={(event) => setComment(event.target.value)} />}
      </Field>
      <div className={styles.buttons}>
        <Button type="submit" kind={isGrave ? 'danger' : 'primary'} isBusy={isBusy} why={why}>
          {verb}
        </Button>
        <Button kind="quiet" onClick={onCancel}>
          Back
        </Button>
      </div>
    </form>
  );
}

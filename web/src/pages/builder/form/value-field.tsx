import { useId, useState } from 'react';
import type { EditPlace } from '../../../../../src/definition/edit/edit.ts';
import type { JsonObject } from '../../../../../src/domain/json.ts';
import { Button } from '../../../ui/button.tsx';
import { Field, type InputProps } from '../../../ui/field.tsx';
import { useBuilder } from '../builder-context.ts';
import { CompletingText } from './completing-text.tsx';
import { namesFor } from './completions.ts';
import { editFor, isOfOtherForm, shownValue } from './field-value.ts';
import type { FieldOf } from './fields.ts';
import styles from './panel.module.css';

interface ValueFieldProps {
  field: FieldOf;
  at: EditPlace;
  values: JsonObject;
  /** The task whose field it is; null: of a phase or the workflow. */
  own: string | null;
  /** What the loader says of it. */
  error: string | undefined;
  line: number;
}

/** A value of the file: typed here, and written into the text when the field is left. */
export function ValueField({ field, at, values, own, error, line }: ValueFieldProps) {
  const { edit, whyNot, showLine } = useBuilder();
  const written = shownValue(field, values);
  const [typed, setTyped] = useState<string | null>(null);
  const [wrong, setWrong] = useState<string | undefined>();
  const value = typed ?? written;
  const commit = (text: string | null = typed): void => {
    if (text === null) return;
    const read = editFor(field, { at, values }, text);
    if ('wrong' in read) return setWrong(read.wrong);
    setWrong(undefined);
    setTyped(null);
    if (read.edit) edit([read.edit], at);
  };
  if (isOfOtherForm(field, values))
    return (
      <div className={styles.other}>
        <span>{field.label}</span>
        <Button kind="quiet" onClick={() => showLine(line)}>
          Written out: change it in the text
        </Button>
      </div>
    );
  return (
    <Field label={field.label} hint={field.hint} error={wrong ?? error}>
      {(input) => <Input {...{ field, input, value, own, isOff: whyNot !== null, onType: setTyped, onDone: commit }} />}
    </Field>
  );
}

interface InputOfProps {
  field: FieldOf;
  input: InputProps;
  value: string;
  own: string | null;
  isOff: boolean;
  onType: (value: string) => void;
  onDone: (value?: string) => void;
}

function Input({ field, input, value, own, isOff, onType, onDone }: InputOfProps) {
  const { outline, agents } = useBuilder();
  const listId = useId();
  const { kind, choices = [], example } = field;
  const common = { ...input, value, disabled: isOff };
  if (kind === 'list')
    return (
      <select {...common} onChange={(event) => onDone(event.target.value)}>
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {choice === '' ? '—' : choice}
          </option>
        ))}
      </select>
    );
  if (kind === 'flag')
    return (
      <select {...common} onChange={(event) => onDone(event.target.value)}>
        <option value="">no</option>
        <option value="true">yes</option>
      </select>
    );
  if ((kind === 'prompt' || kind === 'expression') && !isOff) {
    const rows = kind === 'prompt' ? Math.min(18, Math.max(6, value.split('\n').length + 1)) : 1;
    return (
      <CompletingText
        {...{ input, value, rows, onType, isBare: kind === 'expression' }}
        names={namesFor(outline, own)}
        onDone={() => onDone()}
      />
    );
  }
  const onBlur = (): void => onDone();
  if (kind === 'json' || kind === 'text' || kind === 'prompt')
    return (
      <textarea
        {...common}
        className={kind === 'json' ? styles.code : undefined}
        rows={Math.min(14, Math.max(2, value.split('\n').length))}
        placeholder={example}
        onChange={(event) => onType(event.target.value)}
        onBlur={onBlur}
      />
    );
  return (
    <>
      <input
        {...common}
        inputMode={kind === 'number' ? 'decimal' : undefined}
        list={kind === 'agent' ? listId : undefined}
        onChange={(event) => onType(event.target.value)}
        onBlur={onBlur}
        onKeyDown={(event) => event.key === 'Enter' && onDone()}
      />
      {kind === 'agent' && (
        <datalist id={listId}>
          {agents.map(({ name, description }) => (
            <option key={name} value={name}>
              {description}
            </option>
          ))}
        </datalist>
      )}
    </>
  );
}

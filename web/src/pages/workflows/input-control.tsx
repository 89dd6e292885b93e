import { Field, type InputProps } from '../../ui/field.tsx';
import type { InputField, Texts } from './input-fields.ts';
import styles from './workflows.module.css';

interface InputControlProps {
  field: InputField;
  texts: Texts;
  errors: Readonly<Record<string, string>>;
  onChange: (key: string, text: string) => void;
}

/** One input of a workflow: what it is for, where its value is written, and what is wrong with that. */
export function InputControl({ field, texts, errors, onChange }: InputControlProps) {
  const { key, name, kind, description, isRequired, parts, bounds } = field;
  const hint = [description, bounds, kindWords[kind]].filter((each) => each !== '').join(' · ');
  if (kind === 'group')
    return (
      <fieldset className={styles.group}>
        <legend>{name}</legend>
        {description !== '' && <p className={styles.quiet}>{description}</p>}
        {parts.map((part) => (
          <InputControl key={part.key} field={part} {...{ texts, errors, onChange }} />
        ))}
      </fieldset>
    );
  if (kind === 'choices')
    return (
      <Choices field={field} text={texts[key] ?? ''} error={errors[key]} onChange={(text) => onChange(key, text)} />
    );
  return (
    <Field label={name} isRequired={isRequired} error={errors[key]} {...(hint !== '' && { hint })}>
      {(props) => <Control {...props} field={field} text={texts[key] ?? ''} onChange={(text) => onChange(key, text)} />}
    </Field>
  );
}

const kindWords: Readonly<Record<InputField['kind'], string>> = {
  ...{ text: '', number: 'a number', 'yes-no': '', choice: '', choices: '', group: '' },
  ...{ list: 'one entry a line', json: 'as JSON' },
};

interface ControlProps extends InputProps {
  field: InputField;
  text: string;
  onChange: (text: string) => void;
}

function Control({ field, text, onChange, ...props }: ControlProps) {
  const { kind, options, initial, isLong, isWhole } = field;
  if (kind === 'choice' || kind === 'yes-no') {
    const words = kind === 'choice' ? options.map(wordOf) : ['true', 'false'];
    return (
      <select {...props} value={text} onChange={(event) => onChange(event.target.value)}>
        {initial === '' && <option value="">Choose …</option>}
        {words.map((word) => (
          <option key={word} value={word}>
            {kind === 'choice' ? word : word === 'true' ? 'Yes' : 'No'}
          </option>
        ))}
      </select>
    );
  }
  if (kind === 'number')
    return (
      <input
        {...props}
        inputMode={isWhole ? 'numeric' : 'decimal'}
        autoComplete="off"
        value={text}
        onChange={(event) => onChange(event.target.value)}
      />
    );
  if (kind === 'text' && !isLong)
    return <input {...props} autoComplete="off" value={text} onChange={(event) => onChange(event.target.value)} />;
  return (
    <textarea
      {...props}
      className={kind === 'json' ? `${styles.growing} ${styles.code}` : styles.growing}
      rows={kind === 'text' ? 1 : 3}
      spellCheck={kind === 'text'}
      value={text}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

interface ChoicesProps {
  field: InputField;
  text: string;
  error: string | undefined;
  onChange: (text: string) => void;
}

function Choices({ field: { name, description, options }, text, error, onChange }: ChoicesProps) {
  const chosen = new Set(text.split('\n').filter((line) => line !== ''));
  const toggle = (word: string): void => {
    const next = options.map(wordOf).filter((each) => (each === word ? !chosen.has(each) : chosen.has(each)));
    onChange(next.join('\n'));
  };
  return (
    <fieldset className={styles.group}>
      <legend>{name}</legend>
      {description !== '' && <p className={styles.quiet}>{description}</p>}
      {options.map(wordOf).map((word) => (
        <label key={word} className={styles.check}>
          <input type="checkbox" checked={chosen.has(word)} onChange={() => toggle(word)} /> {word}
        </label>
      ))}
      {error !== undefined && (
        <p role="alert" className={styles.bad}>
          {error}
        </p>
      )}
    </fieldset>
  );
}

function wordOf(option: unknown): string {
  return typeof option === 'string' ? option : JSON.stringify(option);
}

import { Field } from '../../ui/field.tsx';
import { priorities, type WholeIssue } from './types.ts';
import styles from './issues.module.css';

/** What is written of an issue, before it is one. */
export interface IssueTexts {
  title: string;
  description: string;
  priority: string;
  labels: string;
  dependsOn: string;
}

/** What stands in the form at first. @param issue null: a new one */
export function fieldsOf(issue: WholeIssue | null): IssueTexts {
  return {
    ...{ title: issue?.title ?? '', description: issue?.description ?? '', priority: String(issue?.priority ?? 2) },
    ...{
      labels: (issue?.labels ?? []).join(', '),
      dependsOn: (issue?.dependsOn ?? []).map((each) => `#${each}`).join(', '),
    },
  };
}

/** What of it was changed, as the service takes it. */
export function toChange(texts: IssueTexts, before: IssueTexts): Record<string, unknown> {
  const list = (text: string): string[] => text.split(',').flatMap((each) => (each.trim() === '' ? [] : [each.trim()]));
  const all = {
    ...{ title: texts.title.trim(), description: texts.description, priority: Number(texts.priority) },
    labels: list(texts.labels),
    dependsOn: list(texts.dependsOn).map((each) => Number(each.replace('#', ''))),
  };
  const changed = Object.entries(all).filter(
    ([key]) => texts[key as keyof IssueTexts] !== before[key as keyof IssueTexts],
  );
  return Object.fromEntries(changed);
}

interface IssueFieldsProps {
  texts: IssueTexts;
  onChange: (texts: IssueTexts) => void;
}

/** The fields of an issue that people change. */
export function IssueFields({ texts, onChange }: IssueFieldsProps) {
  const change = (key: keyof IssueTexts) => (event: { target: { value: string } }) =>
    onChange({ ...texts, [key]: event.target.value });
  return (
    <>
      <Field label="Title">
        {(props) => (
          <input {...props} autoComplete="off" maxLength={500} value={texts.title} onChange={change('title')} />
        )}
      </Field>
      <Field label="Description">
        {(props) => (
          <textarea
            {...props}
            className={styles.growing}
            rows={4}
            value={texts.description}
            onChange={change('description')}
          />
        )}
      </Field>
      <div className={styles.pair}>
        <Field label="Priority">
          {(props) => (
            <select {...props} value={texts.priority} onChange={change('priority')}>
              {priorities.map((each, at) => (
                <option key={each} value={at}>
                  {each}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Labels" hint="with commas between">
          {(props) => <input {...props} autoComplete="off" value={texts.labels} onChange={change('labels')} />}
        </Field>
        <Field label="Waits for" hint="#1, #2">
          {(props) => <input {...props} autoComplete="off" value={texts.dependsOn} onChange={change('dependsOn')} />}
        </Field>
      </div>
    </>
  );
}

import type { JsonObject } from '../../../../src/domain/json.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { formatLimit, formatUsdLimit } from '../../../../src/domain/format.ts';
import { readLabels, type RunLabels } from '../../../../src/domain/run-labels.ts';
import { Field } from '../../ui/field.tsx';
import styles from './workflows.module.css';

/** What may be said of a start besides its inputs; empty texts say nothing. */
export interface Settings {
  usd?: string;
  timeout?: string;
  maxParallel?: string;
  id?: string;
  workspace?: string;
  labels?: string;
}

/** The limits that were written, as a start takes them. */
export function limitsOf({ usd, timeout, maxParallel }: Settings): JsonObject {
  const number = (text: string): number | string => (Number.isFinite(Number(text)) ? Number(text) : text);
  return {
    ...(usd && { usd: number(usd.replace(/^\$/, '')) }),
    ...(timeout && { timeout }),
    ...(maxParallel && { max_parallel: number(maxParallel) }),
  };
}

/** The labels that were written, or why they are none. */
export function labelsOf({ labels = '' }: Settings): { labels: RunLabels; wrong: string | null } {
  const texts = labels.split(',').flatMap((each) => (each.trim() === '' ? [] : [each.trim()]));
  try {
    return { labels: readLabels(texts), wrong: null };
  } catch (error) {
    return { labels: {}, wrong: (error as Error).message };
  }
}

interface StartSettingsProps {
  settings: Settings;
  onChange: (settings: Settings) => void;
  /** What it is without them. */
  plan: Plan | null;
  errors: Readonly<Record<string, string>>;
}

/** Budget and limits, name and place of a run. */
export function StartSettings({ settings, onChange, plan, errors }: StartSettingsProps) {
  const limits = plan?.limits;
  const text = (key: keyof Settings, label: string, more: More) => (
    <Field label={label} error={errors[more.field ?? key]} {...(more.hint && { hint: more.hint })}>
      {(props) => (
        <input
          {...props}
          autoComplete="off"
          placeholder={more.placeholder}
          value={settings[key] ?? ''}
          onChange={(event) => onChange({ ...settings, [key]: event.target.value })}
        />
      )}
    </Field>
  );
  return (
    <>
      {text('usd', 'Budget in USD', {
        hint: 'The most that it may cost',
        placeholder: limits ? formatUsdLimit(limits.usd).replace('$', '') : '',
      })}
      <details className={styles.more}>
        <summary>More settings</summary>
        <div className={styles.fields}>
          {text('timeout', 'Time limit', { hint: '30m, 2h', placeholder: limits ? formatLimit(limits.timeoutMs) : '' })}
          {text('maxParallel', 'Agents at once', {
            field: 'max_parallel',
            placeholder: limits ? String(limits.maxParallel) : '',
          })}
          {text('labels', 'Labels', { hint: 'team=search, ticket=OPS-12', placeholder: '' })}
          {text('id', 'Id of the run', { hint: 'Left out: its name with four random characters', placeholder: '' })}
          {text('workspace', 'Folder that agents work in', {
            hint: 'One of the folders of the service',
            placeholder: plan?.workspace ?? '',
          })}
        </div>
      </details>
    </>
  );
}

interface More {
  hint?: string;
  placeholder: string;
  field?: string;
}

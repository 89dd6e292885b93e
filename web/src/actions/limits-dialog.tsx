import { useState } from 'react';
import { safeLine } from '../../../src/domain/safe-text.ts';
import type { EditableRun } from '../../../src/client/preview/editable.ts';
import { formatCount, formatUsd } from '../../../src/domain/format.ts';
import { at } from '../api/service.ts';
import { useAsk, useSend } from '../api/use-ask.ts';
import { useLive } from '../live/run-store.ts';
import { notify } from '../shell/notices.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { Money, Tokens } from '../ui/measures.tsx';
import { ProblemNotice } from '../ui/notice.tsx';
import styles from './actions.module.css';
import { post } from './post.ts';

const fields = [
  { key: 'usd', label: 'Money in all, in USD' },
  { key: 'tokens', label: 'Tokens in all' },
  { key: 'usdPerMinute', label: 'USD a minute' },
  { key: 'maxParallel', label: 'Tasks at once' },
] as const;

interface LimitsDialogProps {
  run: string;
  onClose: () => void;
  onDone: () => void;
}

/** Raises or lowers what the run, or an agent of it, may use. */
export function LimitsDialog({ run, onClose, onDone }: LimitsDialogProps) {
  const { data } = useAsk<EditableRun>(at`/api/runs/${run}/edits`);
  const { data: held } = useAsk<{ spending: Held[] }>(at`/api/runs/${run}/spending`);
  const spent = useLive(({ state }) => ({
    usd: state.costUsd,
    tokens: state.tokens,
    isHeld: state.status === 'waiting' || state.status === 'paused',
  }));
  const [agent, setAgent] = useState('');
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});
  const shown = agent === '' ? fields : fields.slice(0, 2);
  const change = Object.fromEntries(
    shown.flatMap(({ key }) => (texts[key]?.trim() ? [[key, Number(texts[key])]] : [])),
  );
  const wrong = Object.entries(change).find(([, value]) => !Number.isFinite(value) || value < 0)?.[0];
  const { send, isBusy, error } = useSend<boolean, void>(
    async (resumes) => {
      await post(at`/api/runs/${run}/limits`, { ...change, ...(agent !== '' && { agent }) });
      if (resumes) await post(at`/api/runs/${run}/resume`, {});
    },
    {
      about: [at`/api/runs/${run}`, '/api/waiting'],
      done: () => {
        notify({ kind: 'good', text: 'The limits hold from now on' });
        onClose();
        onDone();
      },
    },
  );
  const why =
    Object.keys(change).length === 0 ? 'change one first' : wrong === undefined ? undefined : 'a number is needed';
  return (
    <Dialog
      title="Change limits"
      onClose={onClose}
      isOpen
      actions={
        <>
          <Button kind="quiet" onClick={onClose}>
            Close
          </Button>
          {spent.isHeld && (
            <Button kind="primary" icon="play" isBusy={isBusy} why={why} onClick={() => send(true)}>
              Change and go on
            </Button>
          )}
          <Button kind={spent.isHeld ? 'plain' : 'primary'} isBusy={isBusy} why={why} onClick={() => send(false)}>
            Change
          </Button>
        </>
      }
    >
      <p>
        The run has spent <Money usd={spent.usd} /> and <Tokens n={spent.tokens} /> tokens so far. What is left empty
        stays as it is. Lowered below what is spent, nothing more is called.
      </p>
      <Field label="Of what">
        {(props) => (
          <select {...props} value={agent} onChange={({ target }) => setAgent(target.value)}>
            <option value="">the whole run</option>
            {data?.agents.map(({ name }) => (
              <option key={name} value={name}>
                agent {safeLine(name)}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Amounts {...{ shown, texts, setTexts, wrong }} hints={hintsOf(held?.spending, agent, data)} />
      {error && <ProblemNotice error={error} />}
    </Dialog>
  );
}

interface AmountsProps {
  shown: readonly (typeof fields)[number][];
  texts: Readonly<Record<string, string>>;
  setTexts: (change: (before: Readonly<Record<string, string>>) => Readonly<Record<string, string>>) => void;
  wrong: string | undefined;
  /** What holds now, in words. */
  hints: Hints;
}

function Amounts({ shown, texts, setTexts, wrong, hints }: AmountsProps) {
  return (
    <div className={`${styles.part} ${styles.short}`}>
      {shown.map(({ key, label }) => (
        <Field key={key} label={label} hint={hints[key]} error={wrong === key ? 'A number is needed.' : undefined}>
          {(props) => (
            <input
              {...props}
              inputMode="decimal"
              value={texts[key] ?? ''}
              onChange={({ target }) => setTexts((before) => ({ ...before, [key]: target.value }))}
            />
          )}
        </Field>
      ))}
    </div>
  );
}

interface Held {
  scope: string;
  unit: 'usd' | 'tokens';
  limit: number | null;
}

type Hints = Partial<Record<(typeof fields)[number]['key'], string>>;

/** What holds now, as far as somebody knows. How many tasks at once the run itself keeps: of that only its beginning is known. */
function hintsOf(spending: readonly Held[] | undefined, agent: string, data: EditableRun | undefined): Hints {
  if (!spending) return {};
  const scope = agent === '' ? 'run' : `agent/${agent}`;
  const now = (wanted: string, unit: Held['unit']): string => {
    const limit = spending.find((each) => each.scope === wanted && each.unit === unit)?.limit ?? null;
    return limit === null ? 'None holds now.' : `Now ${unit === 'usd' ? formatUsd(limit) : formatCount(limit)}.`;
  };
  const atOnce = data?.limits.find(({ name }) => name === 'max_parallel')?.value;
  return {
    ...{ usd: now(scope, 'usd'), tokens: now(scope, 'tokens'), usdPerMinute: now('speed', 'usd') },
    ...(atOnce && { maxParallel: `It began with ${atOnce}; it may have been changed since.` }),
  };
}

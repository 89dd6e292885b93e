import { useState } from 'react';
import type { WaitingDetail } from '../../../src/client/control/waiting-detail.ts';
import { nameOfScope } from '../../../src/domain/money/reached-limit.ts';
import { at } from '../api/service.ts';
import { useWho } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Meter, Money, Tokens } from '../ui/measures.tsx';
import { ProblemNotice } from '../ui/notice.tsx';
import styles from './actions.module.css';
import { post } from './post.ts';
import { useAnswer, type Answering } from './use-answer.ts';
import { limitChange, whyNotDecide } from './waiting-words.ts';

/** A limit that was reached: what is spent of it, what raising it means, and by how much. */
export function LimitForm({ detail, ...card }: Answering & { detail: WaitingDetail | undefined }) {
  const { entry } = card;
  const key = entry.limit ?? { scope: 'run', unit: 'usd' as const };
  const known = detail?.limit ?? null;
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed ?? suggestion(known);
  const amount = Number(text);
  const change = limitChange(key, amount);
  const isAmount = text.trim() !== '' && Number.isFinite(amount) && amount > 0;
  const low =
    known && isAmount && amount <= known.spent ? 'That is not more than is spent: nothing would go on.' : undefined;
  const { send, isBusy, error } = useAnswer(card, async (limits: object) => {
    await post(at`/api/runs/${entry.runId}/limits`, limits);
    await post(at`/api/runs/${entry.runId}/resume`, {});
  });
  const why = whyNotDecide(entry, useWho()) ?? (typeof change === 'string' ? change : undefined);
  const unit = key.scope === 'speed' ? 'USD a minute' : key.unit === 'usd' ? 'USD' : 'tokens';
  return (
    <form
      className={styles.part}
      onSubmit={(event) => {
        event.preventDefault();
        if (why === undefined && isAmount && !isBusy && typeof change === 'object') send(change);
      }}
    >
      {known && <Spent limit={known} />}
      <div className={styles.short}>
        <Field
          label={`New limit of ${nameOfScope(key.scope)}, in ${unit}`}
          hint={`All that it may use, what is spent included${needed(known)}. Left as it is, it waits.`}
          error={low}
        >
          {(props) => (
            <input
              {...props}
              data-first
              inputMode="decimal"
              value={text}
              onChange={(event) => setTyped(event.target.value)}
            />
          )}
        </Field>
      </div>
      <div className={styles.buttons}>
        <Button type="submit" kind="primary" isBusy={isBusy} why={why ?? (isAmount ? undefined : 'say how much')}>
          {isAmount
            ? `Raise it to ${key.unit === 'usd' ? `$${amount}` : `${amount} tokens`} and go on`
            : 'Raise it and go on'}
        </Button>
        {why !== undefined && <span className={styles.hint}>{why}</span>}
      </div>
      {error && <ProblemNotice error={error} />}
    </form>
  );
}

type Known = NonNullable<WaitingDetail['limit']>;

function Spent({ limit: { unit, limit, spent } }: { limit: Known }) {
  const amount = (value: number) => (unit === 'usd' ? <Money usd={value} /> : <Tokens n={value} />);
  return (
    <p className={styles.row}>
      <span>
        {amount(spent)} of {amount(limit)} {unit === 'tokens' && 'tokens '}are spent
      </span>
      <Meter value={spent} max={limit} label="spent" />
    </p>
  );
}

function needed(known: Known | null): string {
  if (!known || known.needed === null) return '';
  return `; the next call needs ${known.unit === 'usd' ? `$${known.needed.toFixed(2)}` : `${known.needed} tokens`}`;
}

/** Twice what there was, or what the next call needs where that is more. */
function suggestion(known: Known | null): string {
  if (!known) return '';
  const amount = Math.max(known.limit * 2, known.needed ?? 0);
  return String(known.unit === 'usd' ? Math.ceil(amount * 100) / 100 : Math.ceil(amount));
}

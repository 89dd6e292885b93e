import { useId, useState } from 'react';
import { safeLine } from '../../../../src/domain/safe-text.ts';
import { useAsk } from '../../api/use-ask.ts';
import { Button } from '../../ui/button.tsx';
import styles from './compare.module.css';

/** Names one more run: the newest ones are offered. */
export function AddRun({ known, onAdd }: { known: readonly string[]; onAdd: (id: string) => void }) {
  const list = useId();
  const [text, setText] = useState('');
  const { data } = useAsk<{ runs: { runId: string; workflow: string; status: string }[] }>('/api/runs', {
    query: { limit: 50 },
  });
  return (
    <form
      className={styles.add}
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() === '') return;
        onAdd(text.trim());
        setText('');
      }}
    >
      <input
        aria-label="One more run"
        placeholder="One more run"
        list={list}
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <datalist id={list}>
        {data?.runs
          .filter(({ runId }) => !known.includes(runId))
          .map(({ runId, workflow, status }) => (
            <option key={runId} value={runId}>
              {safeLine(workflow)}, {status}
            </option>
          ))}
      </datalist>
      <Button type="submit" icon="plus" why={text.trim() === '' ? 'name a run' : undefined}>
        Add
      </Button>
    </form>
  );
}

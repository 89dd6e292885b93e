import { useState } from 'react';
import { safeLine } from '../../../../src/domain/safe-text.ts';
import type { ComparedRun, ComparedTexts } from '../../../../src/client/evaluation/compare-many.ts';
import { patchOf } from '../../../../src/domain/line-diff.ts';
import { Literal } from '../../actions/literal.tsx';
import { useAsk } from '../../api/use-ask.ts';
import { Diff } from '../../untrusted/diff.tsx';
import { ProblemNotice } from '../../ui/notice.tsx';
import { Loading } from '../../ui/surface.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { letterOf } from './letter.ts';
import styles from './compare.module.css';

const kinds = [
  { id: 'output', title: 'Output' },
  { id: 'prompt', title: 'Prompt' },
  { id: 'instructions', title: 'Instructions' },
] as const;

/** The texts of one task: of each run what differs from the first, or all of it. */
export function TaskTexts({ task, runs }: { task: string; runs: readonly ComparedRun[] }) {
  const query = new URLSearchParams([...runs.map(({ runId }) => ['run', runId]), ['task', task]]);
  const { data, error } = useAsk<ComparedTexts>(`/api/compare/task?${query.toString()}`);
  const [kind, setKind] = useState<(typeof kinds)[number]['id']>('output');
  const [isWhole, setWhole] = useState(false);
  if (error) return <ProblemNotice error={error} />;
  if (!data) return <Loading />;
  const texts = data.texts.map((each) => each?.[kind] ?? null);
  const first = texts.findIndex((text) => text !== null);
  const base = texts[first] ?? '';
  const others = texts.flatMap((text, index) => (index > first && text !== null ? [{ text, index }] : []));
  const isSame = others.every(({ text }) => text === base);
  return (
    <div className={styles.part}>
      <div className={styles.row}>
        <Tabs label={`Texts of ${safeLine(task)}`} tabs={kinds} current={kind} onChange={setKind} />
        <label className={styles.row}>
          <input type="checkbox" checked={isWhole} onChange={({ target }) => setWhole(target.checked)} /> whole, side by
          side
        </label>
      </div>
      {data.texts.some((each) => each?.isCut) && (
        <p className={styles.hint}>The first 100,000 characters of each are compared.</p>
      )}
      {isWhole || others.length === 0 ? (
        <div className={styles.beside}>
          {texts.map((text, index) => (
            <div key={runs[index]!.runId}>
              <h4>
                {letterOf(index)} {safeLine(runs[index]!.runId)}
              </h4>
              {text === null ? <p className={styles.hint}>not there</p> : <Literal text={text} />}
            </div>
          ))}
        </div>
      ) : isSame ? (
        <>
          <p className={styles.hint}>The same in all runs.</p>
          <Literal text={base} />
        </>
      ) : (
        others.map(({ text, index }) => (
          <div key={runs[index]!.runId}>
            <h4>
              {letterOf(first)} to {letterOf(index)}
            </h4>
            {text === base ? <p className={styles.hint}>The same.</p> : <Diff patch={patchOf(base, text)} />}
          </div>
        ))
      )}
    </div>
  );
}

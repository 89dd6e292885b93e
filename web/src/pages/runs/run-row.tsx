import { memo, type CSSProperties, type MouseEvent } from 'react';
import { Link } from 'wouter';
import { safeLine } from '../../../../src/domain/safe-text.ts';
import type { RunEntry } from '../../../../src/client/runs.ts';
import { Ago, Duration, Elapsed, Money, Tokens } from '../../ui/measures.tsx';
import { Status } from '../../ui/status.tsx';
import { goesOn } from './standing.ts';
import styles from './run-table.module.css';

interface RunRowProps {
  run: RunEntry;
  index: number;
  isChosen: boolean;
  isCurrent: boolean;
  isNarrow: boolean;
  /** Something of it waits for whoever looks. */
  asks: boolean;
  style: CSSProperties;
  onPick: (run: RunEntry, event: MouseEvent) => void;
  onLabel: (label: string) => void;
  onWorkflow: (workflow: string) => void;
}

/** A run in the list. It is drawn anew only when something of it is another. */
export const RunRow = memo(function RunRow(props: RunRowProps) {
  const { run, index, isChosen, isCurrent, isNarrow, style } = props;
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isChosen}
      className={isNarrow ? styles.narrowRow : styles.row}
      data-run={run.runId}
      data-current={isCurrent || undefined}
      style={style}
    >
      <div role="cell" className={styles.check}>
        <input
          type="checkbox"
          aria-label={`Choose ${safeLine(run.runId)}`}
          checked={isChosen}
          onChange={() => undefined}
          onClick={(event) => props.onPick(run, event)}
        />
      </div>
      {isNarrow ? <Narrow {...props} /> : <Wide {...props} />}
    </div>
  );
});

function Wide(props: RunRowProps) {
  const { run, onWorkflow } = props;
  return (
    <>
      <div role="cell" className={styles.cell}>
        <Standing {...props} />
      </div>
      <div role="cell" className={styles.name}>
        <Name {...props} />
      </div>
      <div role="cell" className={styles.cell}>
        <button
          type="button"
          className={styles.word}
          title="Only this workflow"
          onClick={() => onWorkflow(run.workflow)}
        >
          {safeLine(run.workflow)}
        </button>
      </div>
      <div role="cell" className={styles.number}>
        <Ago at={run.startsAt ?? run.startedAt} />
      </div>
      <div role="cell" className={styles.number}>
        <Time run={run} />
      </div>
      <div role="cell" className={styles.number}>
        <Tokens n={run.totalTokens} />
      </div>
      <div role="cell" className={styles.number}>
        <Money usd={run.costUsd} isUncounted={run.isUncounted} />
      </div>
    </>
  );
}

function Narrow(props: RunRowProps) {
  const { run } = props;
  return (
    <div role="cell" className={styles.two}>
      <div className={styles.line}>
        <span className={styles.name}>
          <Name {...props} />
        </span>
        <Standing {...props} />
      </div>
      <div className={`${styles.line} ${styles.muted}`}>
        <span className={styles.cell}>{safeLine(run.workflow)}</span>
        <span className={styles.facts}>
          <Ago at={run.startsAt ?? run.startedAt} />
          <Time run={run} />
          <Money usd={run.costUsd} isUncounted={run.isUncounted} />
        </span>
      </div>
    </div>
  );
}

function Standing({ run, asks: isKnownToAsk, isNarrow }: RunRowProps) {
  // What waits is asked for by itself: the row may know sooner that all is over.
  const asks = isKnownToAsk && goesOn(run.status);
  return (
    <span className={styles.standing}>
      <Status of={run.status} isCompact={isNarrow && !asks} />
      {asks && run.status !== 'waiting' && <span className={styles.asks}>asks you</span>}
    </span>
  );
}

function Name({ run, onLabel, isNarrow }: RunRowProps) {
  const labels = Object.entries(run.labels ?? {});
  return (
    <>
      <Link href={`/runs/${encodeURIComponent(run.runId)}`} className={styles.id} title={safeLine(run.runId)}>
        {safeLine(run.runId)}
      </Link>
      {labels.map(([key, value]) => (
        <button
          key={key}
          type="button"
          className={styles.label}
          title={`Only runs with ${safeLine(`${key}=${value}`)}`}
          onClick={() => onLabel(`${key}=${value}`)}
        >
          <span>{safeLine(key)}</span> {safeLine(value)}
        </button>
      ))}
      {!isNarrow && run.reason !== null && <span className={styles.reason}>{safeLine(run.reason)}</span>}
    </>
  );
}

function Time({ run }: { run: RunEntry }) {
  if (run.startsAt !== undefined) return <span className={styles.muted}>–</span>;
  return run.endedAt === null ? <Elapsed since={run.startedAt} /> : <Duration ms={run.durationMs} />;
}

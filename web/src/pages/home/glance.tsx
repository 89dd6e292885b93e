import { formatUsd } from '../../../../src/domain/format.ts';
import type { Overview } from '../../../../src/client/overview/overview.ts';
import { Status } from '../../ui/status.tsx';
import styles from './home.module.css';

/** All of it in one line; each part leads to where it is told. */
export function Glance({ overview }: { overview: Overview }) {
  const { waiting, failed, stuck, running, spend } = overview;
  const parts = [
    {
      status: 'waiting',
      count: waiting.count,
      text: waiting.count === 1 ? 'waits for you' : 'wait for you',
      to: 'waiting',
    },
    { status: 'failed', count: failed.count, text: 'failed in 24 h', to: 'failed' },
    {
      status: 'stuck',
      count: stuck.runs.length,
      text: stuck.runs.length === 1 ? 'stands still' : 'stand still',
      to: 'stuck',
    },
    { status: 'running', count: running.count, text: 'running', to: 'running' },
  ];
  return (
    <ul className={styles.glance} aria-label="At a glance">
      {parts.map(({ status, count, text, to }) => (
        <li key={to} data-none={count === 0 || undefined}>
          <a href={count === 0 ? undefined : `#${to}`}>
            <Status of={count === 0 ? 'pending' : status} isCompact />
            <strong>{count}</strong> {text}
          </a>
        </li>
      ))}
      <li>
        <a href="#spend">
          <strong>{formatUsd(spend.spentUsd)}</strong> today
        </a>
      </li>
    </ul>
  );
}

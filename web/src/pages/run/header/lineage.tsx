import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { safeJson, safeLine } from '../../../../../src/domain/safe-text.ts';
import { at } from '../../../api/service.ts';
import { useLive } from '../../../live/run-store.ts';
import { Chip } from '../../../ui/surface.tsx';
import styles from './header.module.css';

const kinds = { retry: 'Retry of', fork: 'Forked from', reuse: 'Reuses results of' } as const;

/** Where the run comes from. */
export function Lineage() {
  const view = useLive((run) => run.view);
  if (!view) return null;
  const { lineage, parent, schedule, replays, priority } = view;
  const parts: (ReactNode | false)[] = [
    lineage && (
      <>
        {kinds[lineage.kind]} <RunLink id={lineage.run} />
        {lineage.from !== null && ` from ${safeLine(lineage.from)}`} (
        <Link href={comparisonOf(lineage.run, view.runId)}>compare</Link>)
      </>
    ),
    parent && (
      <>
        Task <Link href={`${pathOf(parent.run)}?task=${encodeURIComponent(parent.task)}`}>{safeLine(parent.task)}</Link>{' '}
        of <RunLink id={parent.run} />
      </>
    ),
    schedule !== undefined && (
      <>
        Started by the schedule <Link href="/schedules">{safeLine(schedule)}</Link>
      </>
    ),
    replays && (
      <>
        Repeats the answers of <RunLink id={replays.run} />
      </>
    ),
    priority && `Priority ${safeJson(priority)}`,
  ].filter(Boolean);
  const named = Object.entries(view.labels ?? {});
  if (parts.length + named.length === 0) return null;
  return (
    <ul className={styles.lineage}>
      {parts.map((part, index) => (
        <li key={index}>{part}</li>
      ))}
      {named.map(([key, value]) => (
        <li key={`label ${key}`}>
          <Chip>{safeLine(`${key}: ${value}`)}</Chip>
        </li>
      ))}
    </ul>
  );
}

function RunLink({ id }: { id: string }) {
  return <Link href={pathOf(id)}>{safeLine(id)}</Link>;
}

function comparisonOf(one: string, other: string): string {
  return `/compare?${new URLSearchParams([
    ['run', one],
    ['run', other],
  ]).toString()}`;
}

function pathOf(id: string): string {
  return at`/runs/${id}`;
}

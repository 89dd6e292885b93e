import { useState } from 'react';
import type { IssueStatus } from '../../../../src/client/issues.ts';
import { useAsk } from '../../api/use-ask.ts';
import { useKeys } from '../../shell/keys.tsx';
import { useWhyNot } from '../../shell/session.tsx';
import { useTitle } from '../../shell/title.ts';
import { useAddress } from '../../ui/use-address.ts';
import { Button } from '../../ui/button.tsx';
import { ProblemNotice } from '../../ui/notice.tsx';
import { Empty, Loading, Page as Sheet } from '../../ui/surface.tsx';
import { IssueCard } from './issue-card.tsx';
import { IssueState } from './issue-state.tsx';
import { NewIssue } from './new-issue.tsx';
import { priorities, statuses, type Board, type IssueLine } from './types.ts';
import styles from './issues.module.css';

/** How many issues of a column are shown before one asks for more. */
const mostShown = 40;

/** Boards of issues: what is to be done, who does it, what is in the way. */
export function Page() {
  useTitle('Issues');
  const [isNew, setNew] = useState(false);
  const why = useWhyNot('run');
  const [{ board, q: words, priority }, change] = useAddress('board', 'q', 'priority');
  const boards = useAsk<{ boards: Board[] }>('/api/boards', { everyMs: 10_000 });
  const { data, error } = useAsk<{ issues: IssueLine[] }>('/api/issues', {
    query: { limit: 1000, ...(board !== '' && { board }), ...(priority !== '' && { priority }) },
    ...{ everyMs: 5000, keepOld: true },
  });
  useBoardKeys(() => why === undefined && setNew(true));
  const found = (data?.issues ?? []).filter((each) => isLike(each, words));
  const known = boards.data?.boards ?? [];
  return (
    <Sheet
      title="Issues"
      actions={
        <Button kind="primary" icon="plus" why={why} onClick={() => setNew(true)}>
          New issue
        </Button>
      }
    >
      <div className={styles.filters} role="search">
        <select aria-label="Board" value={board} onChange={(event) => change('board', event.target.value)}>
          <option value="">All boards</option>
          {board !== '' && !known.some((each) => each.board === board) && <option>{board}</option>}
          {known.map((each) => (
            <option key={each.board} value={each.board}>
              {each.board} ({each.open + each.claimed + each.blocked} to do)
            </option>
          ))}
        </select>
        <select aria-label="Priority" value={priority} onChange={(event) => change('priority', event.target.value)}>
          <option value="">Any priority</option>
          {priorities.map((each, at) => (
            <option key={each} value={at}>
              {each}
            </option>
          ))}
        </select>
        <input
          id="issue-search"
          type="search"
          aria-label="Search issues"
          placeholder="Search by title, label or who has it"
          value={words}
          onChange={(event) => change('q', event.target.value)}
        />
      </div>
      {error && <ProblemNotice error={error} />}
      {!data && !error && <Loading />}
      {data && data.issues.length === 0 && <NoIssues isFiltered={board !== '' || priority !== ''} />}
      {data && data.issues.length > 0 && (
        <div className={styles.board}>
          {statuses.map((status) => (
            <Column
              key={status}
              status={status}
              issues={found.filter((each) => each.status === status)}
              hasBoard={board === ''}
            />
          ))}
        </div>
      )}
      <NewIssue isOpen={isNew} onClose={() => setNew(false)} board={board} boards={known.map((each) => each.board)} />
    </Sheet>
  );
}

interface ColumnProps {
  status: IssueStatus;
  issues: readonly IssueLine[];
  hasBoard: boolean;
}

function Column({ status, issues, hasBoard }: ColumnProps) {
  const [count, setCount] = useState(mostShown);
  // What was closed last is what somebody looks for.
  const sorted = status === 'closed' ? issues.toSorted((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1)) : issues;
  return (
    <section className={styles.column} aria-label={`${status}: ${issues.length}`} data-column>
      <h2>
        <IssueState of={status} /> <span className={styles.quiet}>{issues.length}</span>
      </h2>
      <ul>
        {sorted.slice(0, count).map((issue) => (
          <IssueCard key={`${issue.board} ${issue.number}`} {...{ issue, hasBoard }} />
        ))}
      </ul>
      {sorted.length > count && <Button onClick={() => setCount(count + 200)}>{sorted.length - count} more</Button>}
      {issues.length === 0 && <p className={styles.quiet}>None</p>}
    </section>
  );
}

function NoIssues({ isFiltered }: { isFiltered: boolean }) {
  if (isFiltered) return <Empty title="No issue is like that." />;
  return (
    <Empty title="There are no issues yet.">
      <p>
        Agents with the tool <code>issue</code> write down here what is to be done. So can you: New issue, or{' '}
        <code>gaffer issues import FILE --board NAME</code>.
      </p>
    </Empty>
  );
}

/** Arrows of letters go over the board: `j` and `k` in a column, `h` and `l` from one to the next. */
function useBoardKeys(onNew: () => void): void {
  const go = (columns: number, rows: number): void => {
    const all = [...document.querySelectorAll('[data-column]')].map((column) => [
      ...column.querySelectorAll<HTMLElement>('[data-issue]'),
    ]);
    const at = all.findIndex((column) => column.includes(document.activeElement as HTMLElement));
    const filled = all.map((_, index) => index).filter((index) => all[index]!.length > 0);
    const column =
      at === -1 ? filled[0] : filled[Math.max(0, Math.min(filled.length - 1, filled.indexOf(at) + columns))];
    if (column === undefined) return;
    const row = at === -1 ? -1 : all[at]!.indexOf(document.activeElement as HTMLElement);
    const next = Math.max(0, Math.min(all[column]!.length - 1, row + (at === -1 ? 1 : rows)));
    all[column]![next]?.focus();
  };
  useKeys({
    j: { label: 'Next issue', run: () => go(0, 1) },
    k: { label: 'Issue before', run: () => go(0, -1) },
    h: { label: 'Column to the left', run: () => go(-1, 0) },
    l: { label: 'Column to the right', run: () => go(1, 0) },
    n: { label: 'New issue', run: onNew },
    '/': { label: 'Search issues', run: () => document.getElementById('issue-search')?.focus() },
  });
}

function isLike({ title, labels, assignee, board, number, description }: IssueLine, words: string): boolean {
  const text = [`#${number}`, title, description, assignee ?? '', board, ...labels].join(' ').toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

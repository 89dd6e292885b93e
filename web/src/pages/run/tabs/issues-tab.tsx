import type { Issue } from '../../../../../src/store/issues/issues.ts';
import { safeLine } from '../../../../../src/domain/safe-text.ts';
import { at } from '../../../api/service.ts';
import { DataTable, type Column } from '../../../ui/data-table.tsx';
import { Ago } from '../../../ui/measures.tsx';
import { Part } from './part.tsx';
import { usePart } from './use-part.ts';
import styles from './tabs.module.css';

const columns: readonly Column<Issue>[] = [
  { id: 'title', title: 'Issue', cell: ({ number, title }) => safeLine(`#${number} ${title}`) },
  { id: 'status', title: 'Status', cell: ({ status }) => status.replaceAll('_', ' ') },
  { id: 'priority', title: 'Priority', isNumber: true, rank: 2, cell: ({ priority }) => priority },
  { id: 'assignee', title: 'Who', cell: ({ assignee }) => safeLine(assignee ?? '–') },
  {
    id: 'why',
    title: 'Waits for',
    rank: 2,
    cell: ({ waitsFor, blockReason }) =>
      safeLine(blockReason ?? (waitsFor.length > 0 ? waitsFor.map((number) => `#${number}`).join(', ') : '–')),
  },
  { id: 'changed', title: 'Changed', rank: 3, cell: ({ updatedAt }) => <Ago at={updatedAt} /> },
];

/** The board that the run works from. */
export function IssuesTab() {
  const asked = usePart<{ issues: Issue[] }>('/issues', 3000);
  return (
    <Part
      asked={asked}
      isEmpty={({ issues }) => issues.length === 0}
      empty="Its board has no issues."
      why={<p>Agents file them with the tool create_issue, people on the page Issues.</p>}
    >
      {({ issues }) => (
        <div className={styles.columns}>
          <DataTable
            label="Issues of the run's board"
            columns={columns}
            rows={issues}
            rowKey={({ board, number }) => `${board}/${number}`}
            href={({ board, number }) => at`/issues/${board}/${number}`}
          />
        </div>
      )}
    </Part>
  );
}

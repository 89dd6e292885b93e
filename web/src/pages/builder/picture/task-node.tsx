import { Handle, Position, type NodeProps } from '@xyflow/react';
import type { DraftProblem } from '../../../../../src/client/drafts/draft-answer.ts';
import type { OutlineTask } from '../../../../../src/definition/edit/outline.ts';
import { safeLine } from '../../../../../src/domain/safe-text.ts';
import { Icon, type IconName } from '../../../ui/icon.tsx';
import styles from './graph.module.css';

interface TaskData extends Record<string, unknown> {
  task: OutlineTask | null;
  folded: number;
  found: readonly DraftProblem[];
  isChosen: boolean;
  /** Who does tasks that name nobody. */
  usual: string;
}

/** What a task has that its picture says by a sign. */
const signs: readonly { key: string; icon: IconName; title: string }[] = [
  { key: 'approval', icon: 'approvals', title: 'A person approves it' },
  { key: 'for_each', icon: 'copy', title: 'Once for each item' },
  { key: 'when', icon: 'fork', title: 'Under a condition' },
  { key: 'repeat', icon: 'retry', title: 'Repeated' },
  { key: 'output', icon: 'file', title: 'Answers by a schema' },
];

/** A task of the picture: its id, who does it, what is special, and what is wrong with it. */
export function TaskNode({ data }: NodeProps) {
  const { task, folded, found, isChosen, usual } = data as TaskData;
  if (!task)
    return (
      <div className={`${styles.task} ${styles.folded}`}>
        <Handle type="target" position={Position.Top} />
        {folded} more like these
        <Handle type="source" position={Position.Bottom} />
      </div>
    );
  const { id, values } = task;
  const errors = found.filter(({ severity }) => severity !== 'warning').length;
  return (
    <div className={styles.task} data-chosen={isChosen || undefined} data-wrong={errors > 0 || undefined}>
      <Handle type="target" position={Position.Top} />
      <div className={styles.id}>
        <span title={safeLine(id)}>{safeLine(shortId(task))}</span>
        {found.length > 0 && (
          <span className={errors > 0 ? styles.bad : styles.doubt} title={safeLine(found[0]!.detail)}>
            <Icon name="warning" size={14} /> {found.length}
          </span>
        )}
      </div>
      <div className={styles.who}>
        <span>{safeLine(doneBy(values, usual))}</span>
        <span className={styles.signs}>
          {signs
            .filter(({ key }) => values[key] !== undefined)
            .map(({ key, icon, title }) => (
              <span key={key} title={title}>
                <Icon name={icon} size={13} />
              </span>
            ))}
        </span>
      </div>
      <Handle type="source" position={Position.Bottom} />
    </div>
  );
}

function doneBy(values: OutlineTask['values'], usual: string): string {
  const { tool, workflow, profile } = values;
  if (typeof tool === 'string') return `tool ${tool}`;
  if (typeof workflow === 'string') return `workflow ${workflow}`;
  return typeof profile === 'string' ? profile : usual;
}

/** An id that is made of phase and agent begins with what its band says already. */
function shortId({ id, isNamed, phase }: OutlineTask): string {
  return isNamed || phase === null ? id : id.slice(id.indexOf('.') + 1);
}

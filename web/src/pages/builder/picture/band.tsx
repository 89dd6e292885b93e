import type { NodeProps } from '@xyflow/react';
import { safeLine } from '../../../../../src/domain/safe-text.ts';
import { Icon } from '../../../ui/icon.tsx';
import styles from './graph.module.css';

/** A phase of the picture: the field that its tasks stand on. */
export function Band({ data }: NodeProps) {
  const { title, isParallel, isChosen, wrong, phase } = data as Record<string, string | number | boolean | null>;
  return (
    <div className={styles.band} data-chosen={isChosen || undefined} data-phase={phase !== null || undefined}>
      {title !== '' && (
        <div className={styles.bandTitle}>
          {safeLine(String(title))}
          {phase !== null && <span className={styles.mode}>{isParallel ? 'at once' : 'one after the other'}</span>}
          {Number(wrong) > 0 && (
            <span className={styles.bad}>
              <Icon name="warning" size={14} /> {wrong}
            </span>
          )}
        </div>
      )}
    </div>
  );
}

import { memo, useState, type ReactNode } from 'react';
import { safeText } from '../../../src/domain/safe-text.ts';
import { Button } from '../ui/button.tsx';
import styles from './untrusted.module.css';

const mostAtOnce = 100;
const longestText = 2000;
const openDepth = 2;

/** A value of somebody else, folded: what is within is drawn when it is opened. */
export const JsonTree = memo(function JsonTree({ value, label = 'Value' }: { value: unknown; label?: string }) {
  return (
    <div className={styles.tree} role="group" aria-label={label}>
      <Node name={null} value={value} depth={0} />
    </div>
  );
});

function Node({ name, value, depth }: { name: string | null; value: unknown; depth: number }) {
  const key = name !== null && (
    <>
      <span className={styles.key}>{safeText(name).slice(0, 300)}</span>:{' '}
    </>
  );
  if (typeof value !== 'object' || value === null)
    return (
      <div className={styles.leaf}>
        {key}
        <Leaf value={value} />
      </div>
    );
  return <Branch title={key} value={value} depth={depth} />;
}

function Branch({ title, value, depth }: { title: ReactNode; value: object; depth: number }) {
  const entries = Object.entries(value);
  const [isOpen, setOpen] = useState(depth < openDepth && entries.length <= 20);
  const [most, setMost] = useState(mostAtOnce);
  const isList = Array.isArray(value);
  const count = `${isList ? '[' : '{'}${entries.length}${isList ? ']' : '}'}`;
  return (
    <details
      open={isOpen}
      onToggle={(event) => event.target === event.currentTarget && setOpen(event.currentTarget.open)}
    >
      <summary>
        {title}
        <span className={styles.count}>{entries.length === 0 ? (isList ? '[]' : '{}') : count}</span>
      </summary>
      {isOpen && (
        <div className={styles.branch}>
          {entries.slice(0, most).map(([each, within]) => (
            <Node key={each} name={each} value={within} depth={depth + 1} />
          ))}
          {entries.length > most && (
            <Button kind="quiet" onClick={() => setMost(most + mostAtOnce * 10)}>
              {entries.length - most} more
            </Button>
          )}
        </div>
      )}
    </details>
  );
}

function Leaf({ value }: { value: unknown }) {
  const [isWhole, setWhole] = useState(false);
  if (typeof value !== 'string') return <span className={styles.atom}>{String(value)}</span>;
  const isLong = value.length > longestText && !isWhole;
  return (
    <>
      <span className={styles.string}>“{safeText(isLong ? value.slice(0, longestText) : value)}”</span>
      {isLong && (
        <Button kind="quiet" onClick={() => setWhole(true)}>
          all {value.length} characters
        </Button>
      )}
    </>
  );
}

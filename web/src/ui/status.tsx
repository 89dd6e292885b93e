import styles from './status.module.css';

/** How a state looks: a shape of its own and a colour, so that neither has to be told apart alone. */
const marks = {
  succeeded: { tone: 'good', shape: 'M4 8.3 7 11.3 12 5' },
  reused: { tone: 'good', shape: 'M4 6.5h7L8.5 4M12 9.5H5L7.5 12' },
  partial: { tone: 'warn', shape: 'M8 4v8M8 4a4 4 0 0 1 0 8z' },
  failed: { tone: 'bad', shape: 'M5 5l6 6M11 5l-6 6' },
  terminated: { tone: 'bad', shape: 'M5 5h6v6H5z' },
  stuck: { tone: 'bad', shape: 'M8 4.5v4M8 11.3h.01' },
  parked: { tone: 'bad', shape: 'M8 4.5v4M8 11.3h.01' },
  waiting: { tone: 'warn', shape: 'M8 4.5 11.5 8 8 11.5 4.5 8z' },
  stopped: { tone: 'warn', shape: 'M5 5h6v6H5z' },
  paused: { tone: 'idle', shape: 'M6.3 5v6M9.7 5v6' },
  pausing: { tone: 'idle', shape: 'M6.3 5v6M9.7 5v6' },
  running: { tone: 'info', shape: 'M6.5 5v6l4.5-3z' },
  ready: { tone: 'info', shape: 'M8 8h.01' },
  compensating: { tone: 'info', shape: 'M11.5 8a3.5 3.5 0 1 1-1.2-2.6M11 4v2H9' },
  compensated: { tone: 'idle', shape: 'M11.5 8a3.5 3.5 0 1 1-1.2-2.6M11 4v2H9' },
  queued: { tone: 'idle', shape: 'M8 5v3l2 1.2' },
  merged: { tone: 'good', shape: 'M4 8.3 7 11.3 12 5' },
  conflict: { tone: 'warn', shape: 'M8 4.5v4M8 11.3h.01' },
  rejected: { tone: 'bad', shape: 'M5 5l6 6M11 5l-6 6' },
  working: { tone: 'info', shape: 'M6.5 5v6l4.5-3z' },
  pending: { tone: 'idle', shape: '' },
  skipped: { tone: 'idle', shape: 'M5 8h6' },
  cancelled: { tone: 'idle', shape: 'M5 11 11 5' },
} as const;

/** The mark of a state; one that nobody knows looks as one that nothing is said of. */
export function markOf(status: string): { tone: 'good' | 'bad' | 'warn' | 'info' | 'idle'; shape: string } {
  return Object.hasOwn(marks, status) ? marks[status as keyof typeof marks] : marks.pending;
}

interface StatusProps {
  of: string;
  /** Only the mark; the word is heard and shown when pointed at. */
  isCompact?: boolean;
}

/** A state by shape, colour and word. */
export function Status({ of, isCompact = false }: StatusProps) {
  const { tone, shape } = markOf(of);
  return (
    <span className={`${styles.status} ${styles[tone]}`} title={isCompact ? of : undefined}>
      <svg {...{ width: 16, height: 16, viewBox: '0 0 16 16' }} className={styles.mark} aria-hidden="true">
        <circle cx="8" cy="8" r="7" className={styles.ring} data-moves={of === 'running' || undefined} />
        <path d={shape} />
      </svg>
      <span className={isCompact ? 'visually-hidden' : undefined}>{of}</span>
    </span>
  );
}

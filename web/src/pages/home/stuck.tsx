import type { Overview } from '../../../../src/client/overview/overview.ts';
import { safeLine } from '../../../../src/domain/safe-text.ts';
import { Ago } from '../../ui/measures.tsx';
import { Status } from '../../ui/status.tsx';
import { Copy } from '../../ui/surface.tsx';
import { Part } from './part.tsx';
import { RunLink } from './run-link.tsx';
import styles from './home.module.css';

/** What stands still though nobody is asked anything: why, and the way out. */
export function Stuck({ runs, isPartial }: Overview['stuck']) {
  return (
    <Part id="stuck" title="Stands still" count={runs.length}>
      <ul className={styles.list}>
        {runs.map(({ runId, workflow, since, cause }) => (
          <li key={runId} className={styles.entry}>
            <Status of="stuck" isCompact />
            <div className={styles.what}>
              <div>
                <RunLink runId={runId} />{' '}
                <span className={styles.muted}>
                  {safeLine(workflow)} · nothing since <Ago at={since} />
                </span>
              </div>
              <Cause text={cause} />
            </div>
          </li>
        ))}
      </ul>
      {isPartial && <p className={styles.muted}>Of the open runs only the newest 200 are looked at.</p>}
    </Part>
  );
}

/** Commands in it stand in back quotes: they can be copied. */
function Cause({ text }: { text: string }) {
  const parts = safeLine(text).split('`');
  return (
    <div>
      {parts.map((part, at) =>
        at % 2 === 0 || at === parts.length - 1 ? (
          part
        ) : (
          <span key={at} className={styles.command}>
            <code>{part}</code>
            <Copy text={part} label={`Copy ${part}`} />
          </span>
        ),
      )}
    </div>
  );
}

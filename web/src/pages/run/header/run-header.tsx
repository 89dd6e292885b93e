import { safeLine, safeText } from '../../../../../src/domain/safe-text.ts';
import { RunActions } from '../../../actions/run-actions.tsx';
import { useLive } from '../../../live/run-store.ts';
import { Status } from '../../../ui/status.tsx';
import { Copy } from '../../../ui/surface.tsx';
import { ExternalLink } from '../../../untrusted/external-link.tsx';
import { shownStatus } from '../run-words.ts';
import { Facts } from './facts.tsx';
import { Lineage } from './lineage.tsx';
import styles from './header.module.css';

/** How the run stands, what it took, and what can be done about it. */
export function RunHeader() {
  const { id, name, status, reason, temporal } = useLive((run) => ({
    id: run.id,
    name: run.state.name || (run.view?.workflow ?? ''),
    status: shownStatus(run),
    reason: run.state.reason,
    temporal: run.standing?.webUrl ?? null,
  }));
  return (
    <header className={styles.header}>
      <div className={styles.top}>
        <div className={styles.names}>
          <h1>{safeLine(name || id)}</h1>
          <div className={styles.id}>
            <code>{safeLine(id)}</code>
            <Copy text={id} label="Copy the id" />
            {temporal !== null && <ExternalLink href={temporal}>Temporal</ExternalLink>}
          </div>
        </div>
        <span className={styles.status}>
          <Status of={status} />
        </span>
        <div className={styles.actions}>
          <RunActions />
        </div>
      </div>
      {reason !== null && <p className={styles.reason}>{safeText(reason)}</p>}
      <Lineage />
      <Facts />
    </header>
  );
}

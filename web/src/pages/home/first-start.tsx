import { Link } from 'wouter';
import type { QueueEntry } from '../../../../src/client/overview/queues.ts';
import { Notice } from '../../ui/notice.tsx';
import { Card, Copy } from '../../ui/surface.tsx';
import styles from './home.module.css';

const commands = [
  { text: 'gaffer run debate', what: 'three agents argue, a judge decides; runs without a key, too' },
  { text: 'gaffer init', what: 'writes a workflow and two agents of your own into a folder' },
];

/** A fresh installation: what to do first. */
export function FirstStart({ queues }: { queues: readonly QueueEntry[] }) {
  const hasWorker = queues.some(({ workers }) => workers > 0);
  return (
    <Card title="Start your first run">
      {!hasWorker && (
        <Notice kind="warn" title="No worker is there yet, so a run would wait">
          <code>gaffer worker</code>, or <code>gaffer dev</code>, starts one.
        </Notice>
      )}
      <p>A run is a crew of agents at work on a workflow: what they do, ask and cost is told here while they do it.</p>
      <p>
        <Link href="/workflows" className={styles.start}>
          Choose a template
        </Link>
      </p>
      <p className={styles.muted}>Or on a terminal:</p>
      <ul className={styles.list}>
        {commands.map(({ text, what }) => (
          <li key={text} className={styles.entry}>
            <span className={styles.command}>
              <code>{text}</code>
              <Copy text={text} label={`Copy ${text}`} />
            </span>
            <span className={styles.muted}>{what}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

import { Link } from 'wouter';
import type { Overview } from '../../../../src/client/overview/overview.ts';
import { formatUsd } from '../../../../src/domain/format.ts';
import { Meter } from '../../ui/measures.tsx';
import { Card } from '../../ui/surface.tsx';
import styles from './home.module.css';

/** What was spent since midnight, and what runs that are open may still spend. */
export function SpendToday({ spend: { spentUsd, reservedUsd, limitUsd, leftUsd } }: { spend: Overview['spend'] }) {
  return (
    <div id="spend" className={styles.part}>
      <Card title="Spent today" actions={<Link href="/usage">Usage</Link>}>
        <p className={styles.amount}>{formatUsd(spentUsd)}</p>
        <dl className={styles.facts}>
          <dt>Open runs have spent of their limits together</dt>
          <dd>
            {formatUsd(limitUsd - leftUsd)} of {formatUsd(limitUsd)}
          </dd>
          <dt>Held back for calls under way</dt>
          <dd>{formatUsd(reservedUsd)}</dd>
          <dt>Open runs may still spend, by their limits</dt>
          <dd>{formatUsd(leftUsd)}</dd>
        </dl>
        {limitUsd > 0 && (
          <Meter
            value={limitUsd - leftUsd}
            held={reservedUsd}
            max={limitUsd}
            label="spent of the limits of open runs together"
          />
        )}
      </Card>
    </div>
  );
}

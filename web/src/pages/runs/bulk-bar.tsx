import { useState } from 'react';
import { useLocation } from 'wouter';
import { plural } from '../../../../src/domain/format.ts';
import type { RunEntry } from '../../../../src/client/runs.ts';
import { useCommands } from '../../shell/commands.ts';
import { useWhyNot } from '../../shell/session.tsx';
import { Button } from '../../ui/button.tsx';
import { Menu } from '../../ui/surface.tsx';
import { type BulkAction, type BulkPlan, comparePath, planBulk } from './bulk.ts';
import { BulkDialog } from './bulk-dialog.tsx';
import styles from './bulk-bar.module.css';

interface BulkBarProps {
  chosen: readonly RunEntry[];
  onClear: () => void;
  /** Told what was done, to which runs. */
  onDone: (action: BulkAction, ids: ReadonlySet<string>) => void;
}

/** What can be done to what is chosen; it stays in sight. */
export function BulkBar({ chosen, onClear, onDone }: BulkBarProps) {
  const [plan, setPlan] = useState<BulkPlan | null>(null);
  const [, goTo] = useLocation();
  const whyNot = useWhyNot('run');
  const button = (action: BulkAction, label: string) => {
    const { runs, left } = planBulk(action, chosen);
    return (
      <Button
        key={action}
        kind={action === 'cancel' ? 'danger' : 'plain'}
        why={whyNot ?? (runs.length === 0 ? (left ?? undefined) : undefined)}
        onClick={() => setPlan(planBulk(action, chosen))}
      >
        {label}
      </Button>
    );
  };
  const item = (action: BulkAction, label: string) => {
    const { runs, left } = planBulk(action, chosen);
    return {
      label,
      isDanger: action === 'remove',
      why: whyNot ?? (runs.length === 0 ? (left ?? undefined) : undefined),
      run: () => setPlan(planBulk(action, chosen)),
    };
  };
  const compared = comparePath(chosen);
  useCommands(
    chosen.length > 1 && compared.path ? [{ title: 'Compare the chosen runs', run: () => goTo(compared.path!) }] : [],
  );
  return (
    <>
      {chosen.length > 0 && (
        <div className={styles.bar} role="region" aria-label="What is chosen">
          <strong>{plural(chosen.length, 'run')} chosen</strong>
          {button('cancel', 'Cancel …')}
          {button('retry', 'Retry …')}
          <Button why={compared.why} onClick={() => goTo(compared.path!)}>
            Compare
          </Button>
          <Menu
            label="More to do with them"
            items={[item('pause', 'Pause …'), item('resume', 'Resume …'), item('remove', 'Remove …')]}
          />
          <Button kind="quiet" onClick={onClear}>
            Choose none
          </Button>
        </div>
      )}
      {plan && <BulkDialog plan={plan} onClose={() => setPlan(null)} onDone={onDone} />}
    </>
  );
}

import type { IssueStatus } from '../../../../src/client/issues.ts';
import { Icon, type IconName } from '../../ui/icon.tsx';
import styles from './issues.module.css';

const icons: Readonly<Record<IssueStatus, IconName>> = {
  ...{ open: 'issues', claimed: 'agents', blocked: 'warning', closed: 'check' },
};

/** A state of an issue, by drawing and word. */
export function IssueState({ of }: { of: IssueStatus }) {
  return (
    <span className={styles.state} data-state={of}>
      <Icon name={icons[of]} /> {of}
    </span>
  );
}

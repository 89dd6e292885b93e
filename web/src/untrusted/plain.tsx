import { memo } from 'react';
import { safeText } from '../../../src/domain/safe-text.ts';
import styles from './untrusted.module.css';

/** A text as somebody else wrote it. What cannot be seen in it, or turns it around, is shown as a sign. */
export const Plain = memo(function Plain({ text, label }: { text: string; label?: string }) {
  return (
    <pre className={styles.plain} tabIndex={0} role="region" aria-label={label ?? 'Text'}>
      {safeText(text)}
    </pre>
  );
});

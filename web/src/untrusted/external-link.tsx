import type { ReactNode } from 'react';
import { safeText } from '../../../src/domain/safe-text.ts';
import { Icon } from '../ui/icon.tsx';
import { safeAddress } from './safe-link.ts';
import styles from './untrusted.module.css';

/** A link that somebody else wrote: it says where it leads, and leads to http or https alone. Of any other only the words stand here, and the address as text. */
export function ExternalLink({ href, children }: { href: string; children?: ReactNode }) {
  const url = safeAddress(href);
  const words = children ?? safeText(href);
  if (!url)
    return (
      <span>
        {words}
        {href !== '' && children !== undefined && (
          <span className={styles.address}> ({safeText(href).slice(0, 300)})</span>
        )}
      </span>
    );
  return (
    <a href={url.href} target="_blank" rel="noreferrer noopener nofollow" className={styles.link} title={url.href}>
      {words}
      <Icon name="external" size={12} />
      <span className={styles.address}> {url.host}</span>
    </a>
  );
}

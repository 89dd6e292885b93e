import type { ReactNode } from 'react';
import { Card } from '../../ui/surface.tsx';
import styles from './home.module.css';

interface PartProps {
  /** Where the glance leads. */
  id: string;
  title: string;
  count: number;
  actions?: ReactNode;
  children: ReactNode;
}

/** A part of the first page, with how many of it there are. */
export function Part({ id, title, count, actions, children }: PartProps) {
  const heading = (
    <>
      {title} <span className={styles.count}>{count}</span>
    </>
  );
  return (
    <div id={id} className={styles.part}>
      <Card title={heading} actions={actions}>
        {children}
      </Card>
    </div>
  );
}

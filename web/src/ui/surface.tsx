import { useId, useRef, useState, type ReactNode } from 'react';
import { IconButton } from './button.tsx';
import { Icon, type IconName } from './icon.tsx';
import styles from './surface.module.css';

/** A page: its heading, what can be done on it, and what it shows. */
export function Page({ title, actions, children }: { title: ReactNode; actions?: ReactNode; children: ReactNode }) {
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>{title}</h1>
        {actions && <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** A part of a page that has a heading of its own. */
export function Card({ title, actions, children }: { title?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section className={styles.card} aria-labelledby={title === undefined ? undefined : id}>
      {title !== undefined && (
        <header className={styles.cardHead}>
          <h2 id={id}>{title}</h2>
          {actions && <div className={styles.actions}>{actions}</div>}
        </header>
      )}
      {children}
    </section>
  );
}

/** Nothing is here: what would be, and how it comes about. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={styles.empty}>
      <p className={styles.emptyTitle}>{title}</p>
      {children}
    </div>
  );
}

/** Something is being fetched. What is quick shows nothing. */
export function Loading({ what = 'Loading' }: { what?: string }) {
  return (
    <div className={styles.loading} role="status">
      {what} …
    </div>
  );
}

/** A short word beside something. With `onRemove` it can be taken away. */
export function Chip({ children, onRemove, label }: { children: ReactNode; onRemove?: () => void; label?: string }) {
  return (
    <span className={styles.chip}>
      {children}
      {onRemove && (
        <button type="button" aria-label={`Remove ${label ?? ''}`} onClick={onRemove}>
          <Icon name="close" size={12} />
        </button>
      )}
    </span>
  );
}

/** A key of the keyboard. */
export function Kbd({ children }: { children: ReactNode }) {
  return <kbd className={styles.kbd}>{children}</kbd>;
}

/** Copies a text; says that it did. */
export function Copy({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [isDone, setDone] = useState(false);
  const copy = async (): Promise<void> => {
    // Pages without TLS from another machine have no clipboard: then the text is chosen, to be copied by hand.
    if (!navigator.clipboard) return void prompt('Copy it by hand:', text);
    await navigator.clipboard.writeText(text);
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  };
  return <IconButton label={isDone ? 'Copied' : label} icon={isDone ? 'check' : 'copy'} onClick={() => void copy()} />;
}

/** One thing that a menu does. */
export interface MenuItem {
  label: string;
  icon?: IconName;
  /** Why it cannot be done. */
  why?: string | undefined;
  isDanger?: boolean;
  run: () => void;
}

/** A button that opens a list of what can be done. */
export function Menu({ label, items, children }: { label: string; items: readonly MenuItem[]; children?: ReactNode }) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  return (
    <span className={styles.menu}>
      <button type="button" className={styles.menuButton} popoverTarget={id} title={label}>
        {children ?? <Icon name="more" />}
      </button>
      <div id={id} ref={list} popover="auto" className={styles.menuList} role="group" aria-label={label}>
        {items.map((item) => (
          <button
            key={item.label}
            type="button"
            aria-disabled={item.why !== undefined || undefined}
            title={item.why}
            data-danger={item.isDanger}
            onClick={() => {
              if (item.why !== undefined) return;
              list.current?.hidePopover();
              item.run();
            }}
          >
            {item.icon && <Icon name={item.icon} />}
            {item.label}
            {item.why !== undefined && <span className={styles.whyNot}>{item.why}</span>}
          </button>
        ))}
      </div>
    </span>
  );
}

import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';
import styles from './button.module.css';

interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'title'> {
  /** `danger` does what cannot be taken back. */
  kind?: 'primary' | 'plain' | 'quiet' | 'danger';
  icon?: IconName | undefined;
  /** What was pressed is being done. */
  isBusy?: boolean;
  /** Why it cannot be pressed; it stays where it is, and says so. */
  why?: string | undefined;
  children: ReactNode;
}

/** A button. One that cannot be pressed can be reached by the keyboard all the same, as only then its reason is heard. */
export function Button({ kind = 'plain', icon, isBusy = false, why, children, onClick, ...rest }: ButtonProps) {
  const isOff = why !== undefined || isBusy;
  return (
    <button
      type="button"
      {...rest}
      className={`${styles.button} ${styles[kind]}`}
      aria-disabled={isOff || undefined}
      aria-busy={isBusy || undefined}
      title={why}
      onClick={(event) => (isOff ? event.preventDefault() : onClick?.(event))}
    >
      {icon && <Icon name={icon} />}
      {children}
      {why !== undefined && <span className="visually-hidden"> ({why})</span>}
    </button>
  );
}

interface IconButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'title' | 'children'> {
  /** What it does, in words: heard, and shown when pointed at. */
  label: string;
  icon: IconName;
}

/** A button that is a drawing. */
export function IconButton({ label, icon, ...rest }: IconButtonProps) {
  return (
    <button type="button" {...rest} className={`${styles.button} ${styles.icon}`} aria-label={label} title={label}>
      <Icon name={icon} />
    </button>
  );
}

import { useEffect, useId, useRef, type ReactNode } from 'react';
import { IconButton } from './button.tsx';
import styles from './dialog.module.css';

interface DialogProps {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  /** Buttons below, what does it last. */
  actions?: ReactNode;
  /** For tables and diffs. */
  isWide?: boolean;
  children: ReactNode;
}

/** A question that has to be answered before anything else; Escape and the button close it, and the focus goes back to where it was. */
export function Dialog({ title, isOpen, onClose, actions, isWide = false, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    if (!isOpen) return dialog.current?.close();
    dialog.current?.showModal();
    // By itself the focus goes to the button that closes it.
    dialog.current?.querySelector<HTMLElement>('[data-body] :is(input, textarea, select)')?.focus();
  }, [isOpen]);
  return (
    <dialog
      ref={dialog}
      className={styles.dialog}
      data-wide={isWide || undefined}
      aria-labelledby={titleId}
      // In React they rise to a dialog that this one stands in, which neither of them is about.
      onClose={(event) => {
        event.stopPropagation();
        if (event.target === event.currentTarget) onClose();
      }}
      onCancel={(event) => event.stopPropagation()}
    >
      {isOpen && (
        <div className={styles.inside}>
          <header className={styles.head}>
            <h2 id={titleId}>{title}</h2>
            <IconButton label="Close" icon="close" onClick={onClose} />
          </header>
          <div data-body className={styles.body}>
            {children}
          </div>
          {actions && <footer className={styles.actions}>{actions}</footer>}
        </div>
      )}
    </dialog>
  );
}

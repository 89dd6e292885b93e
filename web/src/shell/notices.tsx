import { useSyncExternalStore, type ReactNode } from 'react';
import { transport } from '../api/service.ts';
import { IconButton } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import styles from './notices.module.css';

/** A word about what was just done. `bad` ones stay until they are closed. */
export interface Note {
  kind: 'good' | 'info' | 'warn' | 'bad';
  text: string;
  action?: ReactNode;
}

let notes: readonly (Note & { id: number })[] = [];
let count = 0;
const listeners = new Set<() => void>();

/** Says something at the edge of the page, whichever page it is. */
export function notify(note: Note): void {
  const id = ++count;
  change([...notes.slice(-3), { ...note, id }]);
  if (note.kind !== 'bad') setTimeout(() => drop(id), 6000);
}

function drop(id: number): void {
  change(notes.filter((note) => note.id !== id));
}

function change(next: typeof notes): void {
  notes = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Where they are shown. */
export function Notices() {
  const shown = useSyncExternalStore(subscribe, () => notes);
  const isSlow = useSyncExternalStore(transport.waited.subscribe, transport.waited.isSlow);
  return (
    <div className={styles.notices} aria-live="polite">
      {isSlow && (
        <Notice kind="warn" title="The service does not answer yet">
          What you asked is still waited for. See whether <code>gaffer dev</code> or <code>gaffer serve</code> still
          runs.
        </Notice>
      )}
      {shown.map(({ id, kind, text, action }) => (
        <Notice
          key={id}
          kind={kind}
          title={text}
          action={
            <>
              {action}
              <IconButton label="Close" icon="close" onClick={() => drop(id)} />
            </>
          }
        />
      ))}
    </div>
  );
}

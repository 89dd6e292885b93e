import { useEffect, useRef } from 'react';
import { notify } from '../../../shell/notices.tsx';
import { keepDraft } from './source.ts';

/** Keeps what is not saved in this tab, says that it was there, and has the browser ask before the tab is closed. */
export function useKept(key: string, { text, base, wasKept }: { text: string; base: string; wasKept: boolean }): void {
  const isChanged = text !== base;
  useEffect(() => {
    if (wasKept) notify({ kind: 'info', text: 'What you had changed here is still there, and not saved yet.' });
  }, [wasKept]);
  useEffect(() => {
    keepDraft(key, { text, base });
  }, [key, text, base]);
  const left = useRef(isChanged);
  useEffect(() => {
    left.current = isChanged;
  });
  useEffect(
    () => () => {
      if (left.current)
        notify({ kind: 'info', text: 'Your workflow is not saved yet: this tab keeps it in the builder.' });
    },
    [],
  );
  useEffect(() => {
    if (!isChanged) return;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [isChanged]);
}

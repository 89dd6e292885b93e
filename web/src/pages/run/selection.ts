import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'wouter';

/** What is selected on the page of a run: a task, and which attempt of it (null: the newest). */
export interface Selection {
  task: string | null;
  attempt: number | null;
  select: (task: string | null, attempt?: number) => void;
}

/** What is selected, which stands in the address: a link says it, and Back takes it back. */
export function useSelection(): Selection {
  const [search, setSearch] = useSearchParams();
  const task = search.get('task');
  const attempt = toAttempt(search.get('attempt'));
  const select = useCallback(
    (chosen: string | null, of?: number) => {
      setSearch((before) => {
        const next = new URLSearchParams(before);
        if (chosen === null) next.delete('task');
        else next.set('task', chosen);
        // A turn is one of an attempt: it goes with it.
        next.delete('turn');
        if (chosen === null || of === undefined) next.delete('attempt');
        else next.set('attempt', String(of));
        return next;
      });
    },
    [setSearch],
  );
  return useMemo(() => ({ task, attempt, select }), [task, attempt, select]);
}

const inspectorId = 'inspector';

/** Goes on with the keyboard in the inspector, which has {@link inspectorProps}. */
export function enterInspector(): void {
  document.getElementById(inspectorId)?.focus();
}

/** What makes an element the one that {@link enterInspector} goes to. */
export const inspectorProps = { id: inspectorId, tabIndex: -1 } as const;

/** A number of an attempt as an address has it; null: none, or what is none. */
function toAttempt(text: string | null): number | null {
  return text !== null && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : null;
}

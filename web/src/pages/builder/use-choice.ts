import { useSearchParams } from 'wouter';
import type { Outline } from '../../../../src/definition/edit/outline.ts';
import { chosenIn, type Chosen } from './selection.ts';

/** What is chosen, by the address. */
export function useChoice(outline: Outline | null): {
  chosen: Chosen;
  select: (choice: Record<string, string>) => void;
} {
  const [query, setQuery] = useSearchParams();
  const select = (choice: Record<string, string>): void =>
    setQuery(
      (old) => {
        const next = new URLSearchParams(old);
        for (const key of ['task', 'phase']) next.delete(key);
        for (const [key, value] of Object.entries(choice)) next.set(key, value);
        return next;
      },
      { replace: true },
    );
  return { chosen: outline ? chosenIn(outline, query) : { kind: 'workflow' }, select };
}

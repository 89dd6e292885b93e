import { useSearchParams } from 'wouter';

/** Texts that stand in the page's address, so that a link says what is shown; what is empty is left out. */
export function useAddress<Key extends string>(
  ...keys: readonly Key[]
): readonly [Readonly<Record<Key, string>>, (key: Key, text: string) => void] {
  const [query, setQuery] = useSearchParams();
  const texts = Object.fromEntries(keys.map((key) => [key, query.get(key) ?? ''])) as Record<Key, string>;
  const change = (key: Key, text: string): void =>
    setQuery(
      (old) => {
        const next = new URLSearchParams(old);
        if (text === '') next.delete(key);
        else next.set(key, text);
        return next;
      },
      { replace: true },
    );
  return [texts, change];
}

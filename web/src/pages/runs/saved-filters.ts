import { useSyncExternalStore } from 'react';
import type { NamedFilters } from './filters.ts';

const place = 'gaffer.runs.filters';
const listeners = new Set<() => void>();
let kept: { text: string | null; filters: readonly NamedFilters[] } = { text: null, filters: [] };

/** Filters that somebody named; they stay in this browser. */
export function useSavedFilters(): readonly NamedFilters[] {
  return useSyncExternalStore(subscribe, read);
}

/** Keeps one under its name, in place of one of that name. */
export function saveFilter(saved: NamedFilters): void {
  write([...read().filter(({ name }) => name !== saved.name), saved]);
}

export function forgetFilter(forgotten: string): void {
  write(read().filter(({ name }) => name !== forgotten));
}

function read(): readonly NamedFilters[] {
  const text = localStorage.getItem(place);
  if (text !== kept.text) kept = { text, filters: parse(text) };
  return kept.filters;
}

// Another version, or somebody else, may have written there.
function parse(text: string | null): NamedFilters[] {
  try {
    const found: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(found) ? found.filter(isNamed).slice(0, 30) : [];
  } catch {
    return [];
  }
}

function isNamed(value: unknown): value is NamedFilters {
  const { name, search } = (value ?? {}) as Partial<NamedFilters>;
  return typeof name === 'string' && typeof search === 'string';
}

function write(filters: readonly NamedFilters[]): void {
  localStorage.setItem(place, JSON.stringify(filters));
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('storage', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', listener);
  };
}

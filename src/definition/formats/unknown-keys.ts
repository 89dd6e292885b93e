import { quoted } from '../source/diagnostic.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { nearestHint } from '../../domain/nearest.ts';
import type { SourceDocument, ValuePath } from '../source/source-document.ts';
import { isJsonObject } from '../source/source-document.ts';

/** Warns of keys that mean nothing here, each once, where it stands first: a foreign file may hold more than we read. */
export function unknownKeys(
  document: SourceDocument,
  paths: readonly ValuePath[],
  known: readonly string[],
): Diagnostic[] {
  const places = new Map<string, ValuePath[]>();
  for (const path of paths) {
    const value = document.valueAt(path);
    for (const key of isJsonObject(value) ? Object.keys(value) : []) {
      if (!known.includes(key)) places.set(key, [...(places.get(key) ?? []), path]);
    }
  }
  return [...places].map(([key, [first = [], ...others]]) => {
    const where = first.length > 0 ? ` in ${document.nameOf(first)}` : '';
    const more = others.length > 0 ? ` and ${others.length} more` : '';
    const message = `unknown key ${quoted(key)}${where}${more}: it is left out`;
    const hint = nearestHint(key, known);
    return document.diagnostic([...first, key], { code: 'unknown-key', message, hint, severity: 'warning', on: 'key' });
  });
}

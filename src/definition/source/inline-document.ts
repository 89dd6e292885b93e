import type { JsonValue } from '../../domain/json.ts';
import { raiseHint, sizeText, type SourceBounds, usualBounds } from '../../domain/source/source-bounds.ts';
import { DefinitionError } from './diagnostic.ts';
import { formatPath, SourceDocument } from './source-document.ts';
import { isStorable } from './storable-text.ts';
import { maxDepth } from './yaml-limits.ts';

/**
 * A definition given as a value, held to the same limits as a file.
 *
 * @throws DefinitionError at the first limit
 */
export function inlineDocument(value: JsonValue, name: string, given: Partial<SourceBounds> = {}): SourceDocument {
  const bounds = { ...usualBounds, ...given };
  // A stack of our own: a hostile object may be deeper than the call stack.
  const waiting: { value: JsonValue; path: (string | number)[] }[] = [{ value, path: [] }];
  let nodes = 0;
  let size = 0;
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    nodes++;
    if (next.path.length > maxDepth) fail('too-deep', `nested deeper than ${maxDepth} levels`, next.path);
    if (typeof next.value === 'string') {
      size += next.value.length;
      if (!isStorable(next.value)) {
        fail('bad-text', 'the text holds a NUL character or half of a character, which cannot be kept', next.path);
      }
    }
    if (typeof next.value === 'object' && next.value !== null) {
      const isList = Array.isArray(next.value);
      for (const [key, child] of Object.entries(next.value)) {
        size += isList ? 0 : key.length;
        if (nodes + waiting.length > bounds.nodes)
          failAt('nodes', 'too-many-nodes', `more than ${bounds.nodes} values and keys`);
        waiting.push({ value: child, path: [...next.path, isList ? Number(key) : key] });
      }
    }
    if (size > bounds.bytes) failAt('bytes', 'too-large', `larger than ${sizeText(bounds.bytes)}`);
  }
  return new SourceDocument(name, value, null);

  function failAt(which: keyof SourceBounds, code: string, message: string): never {
    fail(code, message, [], raiseHint(given, which));
  }

  function fail(code: string, message: string, path: (string | number)[], hint: string | null = null): never {
    const place = { file: name, line: null, column: null, path: formatPath(path.slice(0, 8)), hint, frame: null };
    throw new DefinitionError([{ severity: 'error', code, message, ...place }]);
  }
}

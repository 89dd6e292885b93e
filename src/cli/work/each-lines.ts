import { DefinitionError, type Diagnostic } from '../../definition/source/diagnostic.ts';
import { readSourceText } from '../../definition/source/source-text.ts';
import { maxDepth } from '../../definition/source/yaml-limits.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { doubledName } from '../../domain/source/doubled-names.ts';
import { isDeeperThan } from '../../domain/source/is-deeper.ts';
import { widestBounds } from '../../domain/source/source-bounds.ts';

/** So many wrong lines are told of at once. */
const mostTold = 20;

/** Inputs of many runs: a file of JSON objects, one a line. @throws DefinitionError that names the lines that are none */
export function readEach(path: string, name: string): JsonObject[] {
  const text = readSourceText(path, { bytes: widestBounds.bytes }).replace(/^\ufeff/, '');
  const lines = text.trimEnd().split(/\r?\n/);
  const wrong: Diagnostic[] = [];
  const each = lines.map((line, index) => {
    const value = parsed(line);
    const message = problemOf(line, value);
    if (message === null) return value as JsonObject;
    const hint = 'one object a line, one key for each input: {"topic": "bees"}';
    const place = { file: name, line: index + 1, column: null, path: '', frame: null };
    wrong.push({ severity: 'error', code: 'bad-line', message, hint, ...place });
    return {};
  });
  if (wrong.length > 0) throw new DefinitionError(wrong.slice(0, mostTold));
  return each;
}

/** What is wrong with a line; null: nothing. */
function problemOf(line: string, value: JsonValue | undefined): string | null {
  if (line.trim() === '') return 'the line is empty';
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'the line is no JSON object';
  const twice = doubledName(line, value);
  if (twice !== null) return `the key "${twice}" stands twice in one object`;
  return isDeeperThan(value, maxDepth) ? `its values stand more than ${maxDepth} deep in each other` : null;
}

function parsed(line: string): JsonValue | undefined {
  try {
    return JSON.parse(line) as JsonValue;
  } catch {
    return undefined;
  }
}

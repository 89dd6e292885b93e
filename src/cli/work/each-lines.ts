import { DefinitionError, type Diagnostic } from '../../definition/source/diagnostic.ts';
import { readSourceText } from '../../definition/source/source-text.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { doubledName } from '../../domain/source/doubled-names.ts';
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
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    const twice = isObject ? doubledName(line, value) : null;
    if (isObject && twice === null) return value;
    const noObject = line.trim() === '' ? 'the line is empty' : 'the line is no JSON object';
    const message = twice === null ? noObject : `the key "${twice}" stands twice in one object`;
    const hint = 'one object a line, one key for each input: {"topic": "bees"}';
    const place = { file: name, line: index + 1, column: null, path: '', frame: null };
    wrong.push({ severity: 'error', code: 'bad-line', message, hint, ...place });
    return {};
  });
  if (wrong.length > 0) throw new DefinitionError(wrong.slice(0, mostTold));
  return each;
}

function parsed(line: string): JsonValue | undefined {
  try {
    return JSON.parse(line) as JsonValue;
  } catch {
    return undefined;
  }
}

import type { JsonObject } from '../../domain/json.ts';
import { checkOutputSchema } from '../check/check-output-schema.ts';
import type { Draft } from '../draft/draft.ts';
import { toMilliseconds } from '../../domain/duration.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { quoted } from '../source/diagnostic.ts';
import { nearestHint } from '../../domain/nearest.ts';
import type { SourceDocument, ValuePath } from '../source/source-document.ts';
import { isJsonObject } from '../source/source-document.ts';
import type { CheckSchema } from '../check/check-output-schema.ts';

/** As the shell's tool has it. */
const longestCommandMs = 600_000;

const kinds = ['schema', 'contains', 'expression', 'command', 'judge'];

/** What a check is called: as it says, else by its place. */
export function nameOfCheck({ name }: JsonObject, index: number): string {
  return typeof name === 'string' ? name : `check-${index + 1}`;
}

/** What is wrong with checks, besides what the schema and their expressions say. */
export function checkChecks(
  document: SourceDocument,
  { draft, ids, checkSchema }: { draft: Draft; ids: readonly string[]; checkSchema?: CheckSchema | undefined },
): Diagnostic[] {
  const names = new Set<string>();
  return (draft.evaluate?.checks ?? []).flatMap((keys, index) => {
    const path = ['evaluate', 'checks', index];
    const name = nameOfCheck(keys, index);
    const found = [...checkKind(document, path, keys), ...checkTask(document, path, { keys, ids })];
    if (names.has(name)) {
      const message = `two checks are called ${quoted(name)}`;
      const hint = 'give each a name of its own';
      found.push(document.diagnostic([...path, 'name'], { code: 'duplicate-id', message, hint }));
    }
    names.add(name);
    const { schema, command } = keys;
    if (isJsonObject(schema))
      found.push(...checkOutputSchema(document, { path: [...path, 'schema'], schema, checkSchema }));
    if (typeof command === 'string' && command.includes('${{')) {
      const message = 'a command of a check has no expressions: what agents wrote would become a part of it';
      const hint = 'have the command read a file of the workspace';
      found.push(document.diagnostic([...path, 'command'], { code: 'bad-value', message, hint }));
    }
    return found;
  });
}

function checkKind(document: SourceDocument, path: ValuePath, keys: JsonObject): Diagnostic[] {
  const given = kinds.filter((kind) => Object.hasOwn(keys, kind));
  const list = `${kinds.slice(0, -1).join(', ')} or ${kinds.at(-1)}`;
  if (given.length === 0) {
    const message = `a check says what it looks at: ${list}`;
    return [document.diagnostic(path, { code: 'missing-key', message, hint: 'add one of them' })];
  }
  if (given.length > 1) {
    const message = `a check looks at one thing, and this one has ${given.join(' and ')}`;
    const hint = 'write a check for each';
    return [document.diagnostic([...path, given[1]!], { code: 'wrong-key', message, hint, on: 'key' })];
  }
  const { timeout } = keys;
  if (given[0] === 'command' && typeof timeout === 'string' && (toMilliseconds(timeout) ?? 0) > longestCommandMs) {
    const message = 'a command of a check takes at most 10m';
    const hint = 'give it less, or make it a task of the workflow';
    return [document.diagnostic([...path, 'timeout'], { code: 'bad-value', message, hint })];
  }
  const isTimed = given[0] === 'command' || given[0] === 'judge';
  if (isTimed || !Object.hasOwn(keys, 'timeout')) return [];
  const message = `a check by ${given[0]} takes no time, and has no "timeout"`;
  return [document.diagnostic([...path, 'timeout'], { code: 'wrong-key', message, hint: 'leave it out', on: 'key' })];
}

function checkTask(
  document: SourceDocument,
  path: ValuePath,
  { keys: { task }, ids }: { keys: JsonObject; ids: readonly string[] },
): Diagnostic[] {
  if (typeof task !== 'string' || ids.includes(task)) return [];
  const message = `there is no task ${quoted(task)}`;
  return [document.diagnostic([...path, 'task'], { code: 'unknown-task', message, hint: nearestHint(task, ids) })];
}

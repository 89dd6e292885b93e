import type { MappedValue } from '../../domain/hooks/trigger.ts';
import type { JsonObject } from '../../domain/json.ts';
import { nearestHint } from '../../domain/nearest.ts';
import { readInput } from '../draft/input-values.ts';
import { inputSchema } from '../schema/schema-inputs.ts';
import { quoted, type Diagnostic } from '../source/diagnostic.ts';
import type { SourceDocument } from '../source/source-document.ts';

/** What is wrong with what a trigger gives to the inputs that a workflow declares. What expressions give is known with each delivery only. */
export function inputProblems(
  document: SourceDocument,
  given: Readonly<Record<string, MappedValue>>,
  declared: JsonObject,
): Diagnostic[] {
  const names = Object.keys(declared);
  const known = Object.keys(given).flatMap((name): Diagnostic[] => {
    if (!Object.hasOwn(declared, name)) {
      const message = `the workflow has no input ${quoted(name)}`;
      return [
        document.diagnostic(['inputs', name], {
          code: 'unknown-input',
          message,
          hint: nearestHint(name, names),
          on: 'key',
        }),
      ];
    }
    const declaration = inputSchema.safeParse(declared[name]);
    const mapped = given[name]!;
    if (!declaration.success || !('value' in mapped)) return [];
    const read = readInput(name, mapped.value, declaration.data);
    if ('value' in read) return [];
    return [document.diagnostic(['inputs', name], { code: 'bad-input', message: read.problem })];
  });
  const missing = names.filter((name) => !Object.hasOwn(given, name) && isRequired(declared[name]));
  return [
    ...known,
    ...missing.map((name) => {
      const message = `the input ${quoted(name)} is required by the workflow, and the trigger does not give it`;
      const at = document.valueAt(['inputs']) === undefined ? [] : ['inputs'];
      return document.diagnostic(at, { code: 'missing-input', message, on: 'key' });
    }),
  ];
}

function isRequired(declaration: unknown): boolean {
  const read = inputSchema.safeParse(declaration);
  return read.success && read.data.default === undefined && read.data.required !== false;
}

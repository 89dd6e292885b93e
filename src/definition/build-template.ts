import type { JsonObject, JsonValue } from '../domain/json.ts';
import type { ResolvedInputs } from './draft/resolve-inputs.ts';
import { DefinitionError, type Diagnostic } from './source/diagnostic.ts';
import { isJsonObject } from './source/source-document.ts';

/** A template whose tasks are built by code. */
export interface BuiltTemplate {
  id: string;
  name?: string;
  description?: string;
  /** What it is asked for, as `inputs` of a workflow file declare it. */
  parameters?: Readonly<Record<string, unknown>>;
  /** Tasks as a workflow file or a list of tasks has them, or a whole definition. Called with every parameter's value. */
  buildTasks(parameters: never): unknown;
}

/** What a template is asked for, as a workflow file would declare it. @throws DefinitionError when it is no JSON */
export function declarationsOf({ id, parameters = {} }: BuiltTemplate): JsonObject {
  return { inputs: asJson(parameters, id) };
}

/** The definition that a template builds from values. It is not checked itself. @throws DefinitionError with what is wrong with them, or when it is none */
export function buildFrom(
  template: BuiltTemplate,
  { values, diagnostics }: ResolvedInputs,
  wrong: readonly Diagnostic[] = [],
): JsonObject {
  const { id, name, description } = template;
  const all = [...wrong, ...diagnostics];
  if (all.length > 0) throw new DefinitionError(all);
  const built = asJson(template.buildTasks(values as never), id);
  if (isJsonObject(built)) return { ...(name !== undefined && { name }), ...built };
  if (!Array.isArray(built)) throw refused(id, 'buildTasks gave neither a list of tasks nor a definition');
  const isForeign = built.some((task) => isJsonObject(task) && Object.hasOwn(task, 'agentName'));
  if (isForeign) return { workflowName: name ?? id, tasks: built };
  return { name: name ?? id, ...(description !== undefined && { description }), tasks: built };
}

// What code gives may be anything; a definition is JSON.
function asJson(value: unknown, id: string): JsonValue {
  try {
    return JSON.parse(JSON.stringify(value ?? null)) as JsonValue;
  } catch {
    throw refused(id, 'what it gives is no JSON');
  }
}

function refused(id: string, message: string): DefinitionError {
  const place = { file: id, line: null, column: null, path: '', hint: null, frame: null };
  return new DefinitionError([
    { severity: 'error', code: 'bad-template', message: `the template: ${message}`, ...place },
  ]);
}

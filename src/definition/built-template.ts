import type { JsonObject, JsonValue } from '../domain/json.ts';
import { resolveInputs } from './draft/inputs.ts';
import { keysAt } from './schema/known-keys.ts';
import { workflowSchema } from './schema/schema.ts';
import { schemaDiagnostics } from './schema/schema-errors.ts';
import { DefinitionError } from './source/diagnostic.ts';
import { inlineDocument } from './source/inline-document.ts';
import { isJsonObject } from './source/source-document.ts';

const declarationsSchema = workflowSchema.pick({ inputs: true });

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

/**
 * The definition that a template builds from values of its parameters, which are checked as inputs of a workflow file are. It is not checked itself.
 *
 * @throws DefinitionError with what is wrong with the declarations or the values, or when what it builds is no definition
 */
export function buildDefinition(template: BuiltTemplate, given: Readonly<Record<string, JsonValue>>): JsonObject {
  const { id, name, description, parameters = {} } = template;
  const document = inlineDocument({ inputs: asJson(parameters, id) as JsonObject }, id);
  const { error } = declarationsSchema.safeParse(document.value);
  const wrong = error ? schemaDiagnostics(document, error, { keysAt }) : [];
  const inputs = resolveInputs(document, given);
  wrong.push(...inputs.diagnostics);
  if (wrong.length > 0) throw new DefinitionError(wrong);
  const built = asJson(template.buildTasks(inputs.values as never), id);
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

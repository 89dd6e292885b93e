import type { JsonObject, JsonValue } from '../domain/json.ts';
import { buildFrom, declarationsOf, type BuiltTemplate } from './build-template.ts';
import { resolveInputs } from './draft/inputs.ts';
import { keysAt } from './schema/known-keys.ts';
import { workflowSchema } from './schema/schema.ts';
import { schemaDiagnostics } from './schema/schema-errors.ts';
import { inlineDocument } from './source/inline-document.ts';

const declarationsSchema = workflowSchema.pick({ inputs: true });

/**
 * The definition that a template builds from values of its parameters, which are checked as inputs of a workflow file are. It is not checked itself.
 *
 * @throws DefinitionError with what is wrong with the declarations or the values, or when what it builds is no definition
 */
export function buildDefinition(template: BuiltTemplate, given: Readonly<Record<string, JsonValue>>): JsonObject {
  const document = inlineDocument(declarationsOf(template), template.id);
  const { error } = declarationsSchema.safeParse(document.value);
  const wrong = error ? schemaDiagnostics(document, error, { keysAt }) : [];
  return buildFrom(template, resolveInputs(document, given), wrong);
}

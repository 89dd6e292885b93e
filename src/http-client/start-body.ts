import type { StartSource, StartTemplate } from '../client/start-options.ts';
import { buildFrom, declarationsOf } from '../definition/build-template.ts';
import { resolveDeclared } from '../definition/draft/resolve-inputs.ts';
import { SourceDocument } from '../definition/source/source-document.ts';
import { UsageError } from '../domain/errors.ts';
import type { JsonObject } from '../domain/json.ts';

/**
 * What starts something, as the service takes it: a template in code is built here, as no code is sent.
 *
 * Its values are checked here; its declarations are what their types say.
 *
 * @throws DefinitionError; UsageError
 */
export function toStartBody<Options extends StartSource & { inputs?: JsonObject }>(options: Options): object {
  if (typeof options !== 'object' || options === null) throw new UsageError('start takes one object: { file, … }.');
  const { template, inputs, ...rest } = options;
  if (template === undefined) return options;
  return { ...rest, definition: built(template, inputs ?? {}) };
}

function built(template: StartTemplate, inputs: JsonObject): JsonObject {
  const document = new SourceDocument(template.id, declarationsOf(template), null);
  const definition = buildFrom(
    template,
    resolveDeclared(document, (declared) => declared as object, inputs),
  );
  // Beside the code a definition without a name is called as its template.
  return isNative(definition) ? { name: template.id, ...definition } : definition;
}

function isNative({ tasks, phases, workflowName }: JsonObject): boolean {
  const all: unknown[] = Array.isArray(tasks) ? tasks : [];
  const isForeign = all.some((task) => typeof task === 'object' && task !== null && 'agentName' in task);
  return workflowName === undefined && !isForeign && (tasks !== undefined || phases !== undefined);
}

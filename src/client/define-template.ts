import type { JsonObject, JsonValue } from '../domain/json.ts';

/** Kinds of a parameter, and what its value is. */
interface ValueOfType {
  string: string;
  number: number;
  integer: number;
  boolean: boolean;
  array: JsonValue[];
  object: JsonObject;
}

/** A parameter of a template, as `inputs` of a workflow file declare one. Default of `type`: `string`. */
export interface TemplateParameter {
  type?: keyof ValueOfType;
  description?: string;
  default?: JsonValue;
  /** Default: true, unless there is a default. */
  required?: boolean;
  enum?: readonly (string | number | boolean)[];
  minimum?: number;
  maximum?: number;
  min_length?: number;
  max_length?: number;
  items?: Omit<TemplateParameter, 'default' | 'required' | 'items' | 'properties' | 'min_items' | 'max_items'>;
  min_items?: number;
  max_items?: number;
  properties?: Readonly<Record<string, NonNullable<TemplateParameter['items']>>>;
}

type TypeOf<P extends TemplateParameter> = P['type'] extends keyof ValueOfType ? P['type'] : 'string';
type ItemsOf<P extends TemplateParameter> = P['items'] extends { type: infer Type extends keyof ValueOfType }
  ? ValueOfType[Type][]
  : ValueOfType['array'];
type PlainValueOf<P extends TemplateParameter> = P['enum'] extends readonly (infer Word)[]
  ? Word
  : TypeOf<P> extends 'array'
    ? ItemsOf<P>
    : ValueOfType[TypeOf<P>];

/** The value of each parameter; null: it is optional, has no default and was not given. */
export type TemplateValues<Parameters extends Readonly<Record<string, TemplateParameter>>> = {
  [Name in keyof Parameters]:
    | PlainValueOf<Parameters[Name]>
    | (Parameters[Name] extends { required: false }
        ? Parameters[Name] extends { default: JsonValue }
          ? never
          : null
        : never);
};

/** A task as a list of tasks has it. */
export interface TemplateTask {
  id: string;
  agentName: string;
  prompt: string;
  description?: string;
  dependencies?: string[];
  /** 1 (last) to 10 (first). */
  priority?: number;
  maxTokens?: number;
  model?: string;
  context?: JsonObject;
}

/** A template whose tasks are built by code, for `runs.start({ template, inputs })` and `gaffer run FILE`. */
export interface Template<Parameters extends Readonly<Record<string, TemplateParameter>>> {
  id: string;
  name?: string;
  description?: string;
  category?: string;
  tags?: readonly string[];
  complexity?: 'simple' | 'moderate' | 'complex';
  /** About how long a run takes, in seconds. */
  estimatedDuration?: number;
  parameters?: Parameters;
  /** Tasks as a list of tasks or a workflow file has them, or a whole definition. Called with every parameter's value, each of them checked. */
  buildTasks(parameters: TemplateValues<Parameters>): readonly TemplateTask[] | JsonObject[] | JsonObject;
}

/**
 * A template in code: its parameters are typed and checked as inputs of a workflow file are, what it builds is checked as any definition is.
 *
 * @example
 * ```ts
 * import { connect, defineTemplate } from 'gaffer-crew';
 *
 * export const release = defineTemplate({
 *   id: 'release-notes',
 *   parameters: {
 *     since: { type: 'string', min_length: 1 },
 *     audiences: { type: 'array', items: { type: 'string' }, default: ['users'] },
 *   },
 *   buildTasks: ({ since, audiences }) =>
 *     audiences.map((audience) => ({
 *       id: `notes-${audience}`,
 *       agentName: 'changelog-writer',
 *       prompt: `Write the notes of all changes since ${since} for ${audience}.`,
 *     })),
 * });
 *
 * await using runs = await connect({ start: true });
 * const run = await runs.start({ template: release, inputs: { since: 'v1.2.0' } });
 * console.log((await run.result()).status);
 * ```
 */
export function defineTemplate<const Parameters extends Readonly<Record<string, TemplateParameter>>>(
  template: Template<Parameters>,
): Template<Parameters> {
  return template;
}

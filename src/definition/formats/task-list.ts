import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import type { SourceDocument, ValuePath } from '../source/source-document.ts';
import { isJsonObject } from '../source/source-document.ts';
import { Translation } from '../source/translated-document.ts';
import type { Format, NativeDefinition } from './format.ts';
import { literalText } from './literal-text.ts';
import { toTemplate } from './template-request.ts';
import { unknownKeys } from './unknown-keys.ts';

/** Keys of a task, and what they are natively. */
const taskKeys = {
  id: 'id',
  agentName: 'profile',
  description: 'description',
  prompt: 'prompt',
  dependencies: 'depends_on',
  priority: 'priority',
  maxTokens: 'max_tokens',
  model: 'model',
} as const;

/** Keys of `config`, what they are natively, and what holds without them. */
const configKeys: Readonly<Record<string, { path: ValuePath; otherwise: JsonValue }>> = {
  maxParallelAgents: { path: ['limits', 'max_parallel'], otherwise: 3 },
  globalTimeout: { path: ['limits', 'timeout'], otherwise: 300_000 },
  contextStrategy: { path: ['context', 'strategy'], otherwise: 'shared' },
  enableCommunication: { path: ['communication'], otherwise: true },
  pruningThreshold: { path: ['context', 'prune_at_tokens'], otherwise: 150_000 },
};

/** More agents at once are for native files to ask for. */
const mostParallel = 10;

const rootKeys = ['workflowName', 'workflowId', 'tasks', 'parameters', 'config'];
const nativeKeys = ['phases', 'name', 'default_profile', 'inputs', 'limits', 'policy', 'manager', 'context', 'pool'];

/** `{ workflowName, tasks: [{ id, agentName, prompt, dependencies, … }], parameters, config }`, or the list of tasks alone. */
export const taskList: Format = {
  name: 'task-list',

  fits(value) {
    if (Array.isArray(value)) return value.some(namesAgent);
    if (!isJsonObject(value) || nativeKeys.some((key) => Object.hasOwn(value, key))) return false;
    if (Object.hasOwn(value, 'workflowName') || Object.hasOwn(value, 'workflowId')) return true;
    return Array.isArray(value['tasks']) && value['tasks'].some(namesAgent);
  },

  translate(document, { templates }) {
    if (namesTemplate(document)) return toTemplateOf(document, templates);
    const isBare = Array.isArray(document.value);
    const at = (...path: ValuePath): { document: SourceDocument; path: ValuePath } => ({ document, path });
    const native = new Translation(document.name, document);
    const parameters = document.valueAt(['parameters']);
    for (const key of ['workflowId', 'workflowName']) {
      const name = document.valueAt([key]);
      if (name !== undefined) native.put(['name'], name, at(key));
    }
    for (const [key, { path, otherwise }] of Object.entries(configKeys)) {
      const given = document.valueAt(['config', key]) ?? otherwise;
      native.put(path, toSetting(key, given), at('config', key));
    }
    const root: ValuePath = isBare ? [] : ['tasks'];
    const list = document.valueAt(root);
    if (list !== undefined) native.put(['tasks'], Array.isArray(list) ? [] : list, at(...root));
    const paths: ValuePath[] = (Array.isArray(list) ? list : []).map((_, index) => [...root, index]);
    for (const [index, path] of paths.entries()) {
      native.put(['tasks', index], toTask(document.valueAt(path)!, parameters), at(...path));
      for (const [key, name] of Object.entries(taskKeys)) {
        if (document.valueAt([...path, key]) === undefined) continue;
        const value = document.valueAt([...path, key])!;
        native.put(['tasks', index, name], key === 'prompt' ? toLiteral(value) : value, at(...path, key));
      }
    }
    const words = Object.fromEntries(Object.entries(taskKeys).map(([key, name]) => [name, key]));
    return { document: native.toDocument({ tasks: 'tasks', ...words }), diagnostics: checkList(document, paths) };
  },
};

function namesAgent(task: JsonValue): boolean {
  return isJsonObject(task) && Object.hasOwn(task, 'agentName');
}

function toTask(task: JsonValue, parameters: JsonValue | undefined): JsonValue {
  if (!isJsonObject(task)) return task;
  const { context } = task;
  if (context !== undefined && !isJsonObject(context)) return { context };
  const data: JsonObject = { ...(hasKeys(parameters) && { parameters }), ...context };
  return hasKeys(data) ? { context: data } : {};
}

function hasKeys(value: JsonValue | undefined): value is JsonObject {
  return isJsonObject(value) && Object.keys(value).length > 0;
}

/** A request for a template instead of tasks. What it does not set in `config` is as the template says. */
function toTemplateOf(document: SourceDocument, folders: readonly string[] | undefined): NativeDefinition {
  const settings = Object.entries(configKeys).flatMap(([key, { path }]) => {
    const given = document.valueAt(['config', key]);
    return given === undefined ? [] : [{ from: ['config', key], path, value: toSetting(key, given) }];
  });
  const name = document.valueAt(['workflowName']);
  if (name !== undefined) settings.push({ from: ['workflowName'], path: ['name'], value: name });
  const native = toTemplate({ document, namePath: ['workflowId'], folders, settings });
  return { ...native, diagnostics: [...checkList(document, []), ...native.diagnostics] };
}

function namesTemplate({ value }: SourceDocument): boolean {
  return isJsonObject(value) && Object.hasOwn(value, 'workflowId') && !Object.hasOwn(value, 'tasks');
}

// What is no number is told as such.
function toSetting(key: string, value: JsonValue): JsonValue {
  if (key !== 'globalTimeout') return value;
  return `${Number(typeof value === 'number' ? value : configKeys['globalTimeout']!.otherwise)}ms`;
}

function toLiteral(value: JsonValue): JsonValue {
  return typeof value === 'string' ? literalText(value) : value;
}

function checkList(document: SourceDocument, tasks: readonly ValuePath[]): Diagnostic[] {
  const found = [
    ...(Array.isArray(document.value) ? [] : unknownKeys(document, [[]], rootKeys)),
    ...unknownKeys(document, [['config']], Object.keys(configKeys)),
    ...unknownKeys(document, tasks, [...Object.keys(taskKeys), 'context']),
  ];
  const parallel = document.valueAt(['config', 'maxParallelAgents']);
  if (typeof parallel === 'number' && parallel > mostParallel) {
    const message = `config.maxParallelAgents must be at most ${mostParallel}, but is ${parallel}`;
    const hint = 'a native file may ask for more: `gaffer convert` makes one of this';
    found.push(document.diagnostic(['config', 'maxParallelAgents'], { code: 'bad-value', message, hint }));
  }
  const timeout = document.valueAt(['config', 'globalTimeout']);
  if (timeout !== undefined && typeof timeout !== 'number') {
    const message = 'config.globalTimeout must be a number of milliseconds';
    found.push(document.diagnostic(['config', 'globalTimeout'], { code: 'wrong-type', message }));
  }
  // A key may stand on that line.
  return found.map((each) => (/api_?key|token$|secret|password/i.test(each.path) ? { ...each, frame: null } : each));
}

import { preview } from '../../domain/fingerprint.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import type { SourceDocument, ValuePath } from '../source/source-document.ts';
import { isJsonObject } from '../source/source-document.ts';
import { Translation } from '../source/translated-document.ts';
import type { Format } from './format.ts';
import { literalText } from './literal-text.ts';
import { unknownKeys } from './unknown-keys.ts';

/** Who splits the work, and whom the others ask, where nobody is named. */
const usualManager = 'orchestrator';

/** The keys that say what is to be done. */
const taskKeys = ['task', 'task_description'];
const rootKeys = [...taskKeys, 'name', 'requirements', 'context', 'agents', 'manager', 'approve_plan'];
const otherFormats = ['tasks', 'phases', 'workstreams', 'workflowName', 'workflowId'];

/** `{ task, requirements, context, agents, manager, approve_plan }`: what is wanted. A manager splits it, among agents that fit where it names none. */
export const description: Format = {
  name: 'description',

  fits(value) {
    if (!isJsonObject(value) || otherFormats.some((key) => Object.hasOwn(value, key))) return false;
    return taskKeys.some((key) => typeof value[key] === 'string');
  },

  choose(document, names) {
    return document.withValue({ ...(isJsonObject(document.value) && document.value), agents: [...names] });
  },

  translate(document) {
    const native = new Translation(document.name, document);
    const at = (...path: ValuePath): { document: SourceDocument; path: ValuePath } => ({ document, path });
    const key = taskKeys.find((each) => document.valueAt([each]) !== undefined) ?? taskKeys[0]!;
    const wanted = document.valueAt([key]) ?? '';
    const [agents, requirements] = ['agents', 'requirements'].map((name) => document.valueAt([name]));
    const manager = document.valueAt(['manager']) ?? usualManager;
    native.put(['name'], document.valueAt(['name']) ?? shortName(wanted), at(key));
    if (typeof wanted === 'string') native.put(['description'], preview(wanted, 300), at(key));
    native.put(['manager'], manager, at('manager'));
    if (agents !== undefined) native.put(['delegates'], agents, at('agents'));
    const own = { profile: manager, context_name: 'manager' };
    native.put(['tasks', 0], { id: 'split', ...own, decompose: true, prompt: splitPrompt(wanted) }, at(key));
    if (document.valueAt(['approve_plan']) === true) native.put(['tasks', 0, 'approval'], 'after', at('approve_plan'));
    const data: JsonObject = {};
    for (const name of ['requirements', 'context']) {
      const value = document.valueAt([name]);
      if (value !== undefined && !isEmpty(value)) data[name] = value;
    }
    if (Object.keys(data).length > 0) native.put(['tasks', 0, 'context'], data, at('requirements'));
    native.put(['tasks', 1], { id: 'integrate', ...own, depends_on: ['split'], prompt: closingPrompt }, at(key));
    const need = [wanted, requirements ?? ''].map(toWords).join(' ');
    const words = { profile: 'manager', tasks: key };
    return { document: native.toDocument(words), diagnostics: checkDescription(document), need };
  },
};

/** What of it a run is called by: its first words. */
function shortName(wanted: JsonValue): string {
  const words = typeof wanted === 'string' ? wanted.toLowerCase().match(/[\p{L}\p{N}]+/gu) : null;
  const name = (words ?? []).slice(0, 6).join('-').slice(0, 40).replace(/-+$/, '');
  return name === '' ? 'task' : name;
}

function splitPrompt(wanted: JsonValue): string {
  return [
    `Task: ${literalText(typeof wanted === 'string' ? wanted : JSON.stringify(wanted))}`,
    '',
    'Split it into tasks for your agents, by what each of them is for, each with what it depends on, so that what can be done side by side is.',
    'Where there are requirements, they stand below as data: each is met by a task and checked by another.',
    'A task says all that its agent has to know. The last look at the whole comes by itself when all of them have ended.',
  ].join('\n');
}

const closingPrompt = [
  'All tasks have ended. Hold what came out against the task and each of its requirements: look at the whole as its user would, run what there is to run, and repair what does not fit.',
  'End with what is there now, which requirements are met, and what is left.',
].join('\n');

function checkDescription(document: SourceDocument): Diagnostic[] {
  const found = unknownKeys(document, [[]], rootKeys);
  const report = (key: string, message: string): void => {
    found.push(document.diagnostic([key], { code: 'wrong-type', message }));
  };
  const key = taskKeys.find((each) => document.valueAt([each]) !== undefined) ?? taskKeys[0]!;
  const wanted = document.valueAt([key]);
  if (typeof wanted !== 'string') report(key, `${key} must be a text`);
  else if (wanted.trim() === '') report(key, `${key} says nothing`);
  const { requirements, agents, approve_plan: approve } = isJsonObject(document.value) ? document.value : {};
  if (requirements !== undefined && typeof requirements !== 'string' && !isJsonObject(requirements))
    report('requirements', 'requirements must be a group of keys, or a text');
  if (agents !== undefined && !(Array.isArray(agents) && agents.length > 0))
    report('agents', 'agents must be a list of names');
  if (approve !== undefined && typeof approve !== 'boolean')
    report('approve_plan', 'approve_plan must be true or false');
  return found;
}

function isEmpty(value: JsonValue): boolean {
  return value === '' || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

/** Keys and values as words to look for. */
function toWords(value: JsonValue): string {
  if (isJsonObject(value))
    return Object.entries(value)
      .map(([key, each]) => `${key} ${toWords(each)}`)
      .join(' ');
  return Array.isArray(value) ? value.map(toWords).join(' ') : String(value ?? '');
}

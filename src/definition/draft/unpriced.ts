import { modelHint } from '../../agents/agent-model.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { ModelFacts } from '../../domain/model-facts.ts';
import { modelNameOf } from '../../domain/money/model-table.ts';
import type { Agent } from '../../domain/plan/plan.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { quoted } from '../source/diagnostic.ts';
import type { SourceDocument, ValuePath } from '../source/source-document.ts';
import { isJsonObject } from '../source/source-document.ts';
import type { Draft } from './draft.ts';

/** What is known of models, and what limits were given besides the file's. */
export interface ModelRules {
  factsOf: (agent: Agent) => ModelFacts | null;
  givenLimits: JsonObject;
}

/** An agent as a draft names it: `path`, what its own file said of its model (null: nothing), and whose work it does. */
interface NamedAgent {
  agent: Agent;
  path: ValuePath;
  fromFile: Diagnostic | null;
  /** Places of the tasks and phases that it works in. */
  works: readonly ValuePath[];
}

/** Who uses a model, in words: the model that sums up has no agent that its author would know. */
export function whoUses([key]: ValuePath, { name }: Agent): string {
  return key === 'context' ? '"context.summary_model"' : `the agent ${quoted(name)}`;
}

/**
 * What is to be said of an agent whose model cannot be counted in dollars; null: it can.
 *
 * Refused below a limit in dollars that somebody asked for, and where nothing holds its tokens; otherwise a warning.
 */
export function unpriced(document: SourceDocument, named: NamedAgent, rules: ModelRules): Diagnostic | null {
  const { agent, path, fromFile } = named;
  const facts = rules.factsOf(agent);
  if (facts?.price) return null;
  const name = modelNameOf(agent);
  const who = `${whoUses(path, agent)} uses the model ${quoted(name)}, of which no price is known`;
  const say = (severity: Diagnostic['severity'], message: string, hint: string | null): Diagnostic =>
    fromFile
      ? { ...fromFile, severity, message, hint }
      : document.diagnostic(path, { code: 'no-price', message, hint, severity });
  const price = `say what it costs: "models: { ${JSON.stringify(name)}: { price: { input: 0, output: 0 } } }"`;
  const near = facts === null ? modelHint(name) : null;
  const dollars = dollarLimit(document, named, rules.givenLimits);
  if (dollars !== null) {
    const message = `${who}: the limit in dollars (${dollars}) cannot be kept`;
    return say('error', message, near ?? `${price}, or limit tokens instead`);
  }
  if (hasTokenLimit(document, agent.name, rules.givenLimits))
    return say('warning', `${who}: what it costs is not counted in dollars, only its tokens are limited`, near);
  const message = `${who}: what it costs cannot be counted in dollars, and nothing limits its tokens`;
  return say('error', message, near ?? `${price}, or limit tokens: "limits: { tokens: 500000 }"`);
}

/** The first limit in dollars that holds for an agent's calls, as its author finds it; null: only the default one does. */
function dollarLimit(document: SourceDocument, { agent, works }: NamedAgent, given: JsonObject): string | null {
  const keys = [['usd'], ['usd_per_minute'], ['per_task', 'usd'], ['per_agent', agent.name, 'usd']];
  const isSet = (value: JsonValue | undefined): boolean => typeof value === 'number';
  const ofGiven = keys.find((key) => isSet(valueIn(given, key)));
  if (ofGiven) return ofGiven[0] === 'usd' ? '`limits.usd`' : `limits.${ofGiven.join('.')}`;
  const inFile = keys.map((key) => ['limits', ...key]);
  const ofWork = works.map((path) => [...path, 'limits', 'usd']);
  const found = [...inFile, ...ofWork].find((path) => isSet(document.valueAt(path)));
  return found ? found.join('.') : null;
}

function hasTokenLimit(document: SourceDocument, name: string, given: JsonObject): boolean {
  const keys = [['tokens'], ['per_agent', name, 'tokens']];
  return keys.some((key) => [valueIn(given, key), document.valueAt(['limits', ...key])].some(Number.isInteger));
}

function valueIn(value: JsonValue | undefined, [key, ...rest]: readonly string[]): JsonValue | undefined {
  if (key === undefined) return value;
  return isJsonObject(value) && Object.hasOwn(value, key) ? valueIn(value[key], rest) : undefined;
}

/** Places of the tasks that an agent does, and of their phases. */
export function worksOf(draft: Draft, isHis: (task: Draft['tasks'][number]) => boolean): ValuePath[] {
  const tasks = draft.tasks.filter(isHis);
  const phases = new Set(tasks.flatMap(({ phase }) => (phase === null ? [] : [phase])));
  return [...tasks.map(({ path }) => path), ...[...phases].map((index) => draft.phases[index]!.path)];
}

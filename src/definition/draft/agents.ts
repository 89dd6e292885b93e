import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentRegistry } from '../../agents/registry.ts';
import { tierOf } from '../../agents/agent-model.ts';
import { oncePerFolder } from '../../agents/once-per-folder.ts';
import {
  chooseModel,
  defaultProvider,
  modelNameOf,
  providerOf,
  providerNames,
} from '../../domain/money/model-table.ts';
import type { ModelTiers } from '../../domain/complexity.ts';
import { withEachTier } from '../../domain/money/model-tiers.ts';
import { keyVariable } from '../../domain/money/provider-variables.ts';
import type { Agent } from '../../domain/plan/plan.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { quoted } from '../source/diagnostic.ts';
import type { Draft, DraftTask } from './draft.ts';
import { nearestHint } from '../../domain/nearest.ts';
import type { SourceDocument, ValuePath } from '../source/source-document.ts';
import type { ModelRules } from './unpriced.ts';
import { withRunner } from './use-runner.ts';
import { unpriced, whoUses, worksOf } from './unpriced.ts';

/** The agents that a plan needs, and what is wrong with them. */
export interface ChosenAgents {
  agents: Record<string, Agent>;
  diagnostics: Diagnostic[];
}

/** Who does a task: what does it instead of an agent; its profile; for one that splits its work the manager; else the default. Null: nobody is named. */
export function agentOf(task: DraftTask, draft: Draft): string | null {
  const word = task.work === null ? null : task.keys[task.work];
  if (task.work !== null) return `${task.work}:${typeof word === 'string' ? word : '?'}`;
  return task.profile ?? (task.decompose ? draft.manager : null) ?? draft.defaultProfile;
}

/**
 * Looks up every agent that a draft names, each once; broken files of other agents are only warned of.
 *
 * No other agent comes along, whatever its folder holds: an agent that splits its work has only those that the author named.
 */
export function chooseAgents(
  document: SourceDocument,
  draft: Draft,
  known: {
    agents: AgentRegistry;
    providers: readonly string[];
    models: ModelRules | null;
    tiers: ModelTiers | undefined;
  },
): ChosenAgents {
  const { agents: registry } = known;
  const { wanted, diagnostics } = namedAgents(document, draft, registry);
  const agents: [string, Agent][] = [];
  for (const [name, path] of wanted) {
    const { agent, found } = settled(document, { name, path }, draft, known);
    diagnostics.push(...found);
    if (agent) agents.push([name, withRunner(document, agent, name, diagnostics)]);
  }
  const isMissing = agents.length < wanted.size;
  const { defaultProfile } = draft;
  // Nobody needs it yet, but tasks that are added while the run lives may.
  const spare = defaultProfile === null || wanted.has(defaultProfile) ? undefined : registry.agents.get(defaultProfile);
  const ofSpare = spare && settled(document, { name: spare.name, path: ['default_profile'] }, draft, known);
  if (ofSpare?.agent && !ofSpare.found.some(isError)) agents.push([defaultProfile!, ofSpare.agent]);
  diagnostics.push(...nobodyToChoose(document, draft, { agents, registry }));
  diagnostics.push(...unusedBroken(wanted, registry), ...folderProblems(registry, isMissing ? 'error' : 'warning'));
  return { agents: Object.fromEntries(agents), diagnostics: oncePerFolder(diagnostics, registry.dirs) };
}

/** The agents that a draft names, each with the first place that does, and what is wrong where nobody is named. */
function namedAgents(
  document: SourceDocument,
  draft: Draft,
  registry: AgentRegistry,
): { wanted: Map<string, ValuePath>; diagnostics: Diagnostic[] } {
  const wanted = new Map<string, ValuePath>();
  const diagnostics: Diagnostic[] = [];
  let usesDefault = false;
  if (draft.manager !== null) wanted.set(draft.manager, ['manager']);
  // Nobody's task names it: those that it does are added while the run lives.
  const merger = document.valueAt(['merge', 'merger']);
  if (typeof merger === 'string' && merger.trim() !== '' && !wanted.has(merger))
    wanted.set(merger, ['merge', 'merger']);
  for (const { name, path } of draft.delegates ?? []) if (!wanted.has(name)) wanted.set(name, path);
  for (const task of draft.tasks) {
    if (task.work === null && task.profile !== null && !wanted.has(task.profile))
      wanted.set(task.profile, [...task.path, 'profile']);
    const undo = [...task.path, 'compensate', 'profile'];
    const undoer = document.valueAt(undo);
    if (typeof undoer === 'string' && undoer.trim() !== '' && !wanted.has(undoer)) wanted.set(undoer, undo);
    if (task.work !== null || task.hasProfileKey || (task.decompose && draft.manager !== null)) continue;
    usesDefault = true;
    if (draft.hasDefaultProfileKey) continue;
    const ofAll = document.wordFor('default_profile');
    const message = `the task names no agent: it has no ${document.wordFor('profile')}${ofAll === null ? '' : `, and there is no ${ofAll}`}`;
    const hint = nearestHint('', registry.agents.keys()) ?? `add "${document.wordFor('profile')}: NAME"`;
    diagnostics.push(document.diagnostic(task.path, { code: 'no-agent', message, hint }));
  }
  const { defaultProfile } = draft;
  if (defaultProfile !== null && !wanted.has(defaultProfile)) {
    if (usesDefault) wanted.set(defaultProfile, ['default_profile']);
    else if (!registry.agents.has(defaultProfile)) {
      diagnostics.push({
        ...unknownAgent(document, defaultProfile, { path: ['default_profile'], registry }),
        severity: 'warning',
      });
    }
  }
  return { wanted, diagnostics };
}

// Likely a slip: whoever splits work could only give it to itself, and others stand ready.
function nobodyToChoose(
  document: SourceDocument,
  draft: Draft,
  { agents, registry }: { agents: readonly [string, Agent][]; registry: AgentRegistry },
): Diagnostic[] {
  const splitting = draft.tasks.find(({ decompose }) => decompose);
  if (
    !splitting ||
    draft.delegates !== null ||
    agents.length !== 1 ||
    (registry.ownCount ?? [...registry.agents.keys()].length) < 2
  )
    return [];
  const message = `the tasks that this one adds can be done by ${quoted(agents[0]![0])} only, as the file names no other agent`;
  const hint = 'list the agents to choose from: "delegates: [NAME, …]"';
  const found = document.diagnostic([...splitting.path, 'decompose'], { code: 'no-delegates', message, hint });
  return [{ ...found, severity: 'warning' }];
}

/** An agent as it will run, and what is to be said of it: one whose file names a model that could not be used gets the nearest tier. */
function settled(
  document: SourceDocument,
  named: { name: string; path: ValuePath },
  draft: Draft,
  known: Parameters<typeof chooseAgents>[2],
): { agent: Agent | undefined; found: Diagnostic[] } {
  const { agents: registry, models } = known;
  const agent = registry.agents.get(named.name);
  const found = agentDiagnostics(document, named, draft, known);
  const ofFile = registry.byAgent?.get(named.name)?.find(({ code }) => code === 'unknown-model');
  const tier = agent && models && ofFile && found.some(isError) ? tierOf(modelNameOf(agent)) : null;
  if (!agent || !ofFile || tier === null) return { agent, found };
  const { provider: _, ...rest } = agent;
  const choice = chooseModel(tier);
  const others = found.filter((each) => !isError(each));
  const isWhole = found.filter(isError).every(({ code }) => ['unknown-model', 'unknown-provider'].includes(code));
  if (!isWhole) return { agent, found };
  const message = `the agent ${quoted(agent.name)} asks for the model ${quoted(modelNameOf(agent))}, which is not known here: it gets the nearest tier, ${choice.model}`;
  const hint = 'to have it asked for under that name, say what it costs in "models", or limit tokens';
  return { agent: { ...rest, ...choice }, found: [...others, { ...ofFile, message, hint, severity: 'warning' }] };
}

function isError({ severity }: Diagnostic): boolean {
  return severity === 'error';
}

function agentDiagnostics(
  document: SourceDocument,
  { name, path }: { name: string; path: ValuePath },
  draft: Draft,
  { agents: registry, providers, models, tiers }: Parameters<typeof chooseAgents>[2],
): Diagnostic[] {
  const found = registry.byAgent?.get(name) ?? [];
  // What is wrong with a model is known only here.
  const ofModel = found.find(({ code }) => code === 'unknown-model') ?? null;
  const fromFile = found.filter((each) => each !== ofModel);
  const agent = registry.agents.get(name);
  if (!agent) return fromFile.length > 0 ? [...fromFile] : [unknownAgent(document, name, { path, registry })];
  const asking = withEachTier(agent, tiers);
  const stranger = asking.find((each) => !providers.includes(providerOf(each)));
  if (stranger) return [...fromFile, unknownProvider(document, path, stranger, providers)];
  if (!models) return fromFile;
  const works = worksOf(draft, (task) => agentOf(task, draft) === name);
  const ofPrice = asking.flatMap(
    (each) => unpriced(document, { agent: each, path, fromFile: ofModel, works }, models) ?? [],
  );
  return [...fromFile, ...ofPrice];
}

/** That an agent's model is one of a provider that there is not. */
export function unknownProvider(
  document: SourceDocument,
  path: ValuePath,
  agent: Agent,
  providers: readonly string[],
): Diagnostic {
  const provider = providerOf(agent);
  const message = `${whoUses(path, agent)} uses the model ${quoted(modelNameOf(agent))}, and there is no provider ${quoted(provider)} here`;
  // Where keys are: on the worker that reads this.
  const isKnown = providerNames.includes(provider);
  const near = nearestHint(provider, providers);
  const whole = `where "/" is part of the model's name, write "${defaultProvider}/${modelNameOf(agent)}"`;
  const lacks = `set ${keyVariable(provider)} where the worker starts`;
  const hint = isKnown ? lacks : near === null ? whole : `${near}; ${whole}`;
  return document.diagnostic(path, { code: 'unknown-provider', message, hint });
}

/** That there is no such agent, where it was looked for, and what was probably meant. */
export function unknownAgent(
  document: SourceDocument,
  name: string,
  { path, registry, on = 'value' }: { path: ValuePath; registry: AgentRegistry; on?: 'key' | 'value' },
): Diagnostic {
  const places = registry.dirs.map((dir) => (existsSync(dir) ? dir : `${dir} (no such folder)`)).join(', ');
  const message = `unknown agent ${quoted(name)}; looked in ${places === '' ? "the run's agents" : places}`;
  const bare = registry.dirs.map((dir) => join(dir, `${name}.md`)).find((file) => existsSync(file));
  const hint = bare
    ? `${bare} has no front matter, so it is no agent: begin it with a line of "---", "name: ${name}" and a line of "---"`
    : (nearestHint(
        name,
        [...registry.agents.keys()].filter((other) => other !== name),
      ) ??
      `add ${name}.md to one of them, or name the folder with \`agents\`; \`gaffer agents\` lists those that there are`);
  return document.diagnostic(path, { code: 'unknown-agent', message, hint, on });
}

// Each file is there by its short name and its qualified one.
function unusedBroken(wanted: ReadonlyMap<string, ValuePath>, registry: AgentRegistry): Diagnostic[] {
  const said = new Set([...wanted.keys()].flatMap((name) => [...(registry.byAgent?.get(name) ?? [])]));
  const broken = [...(registry.byAgent ?? [])]
    .filter(([name]) => !wanted.has(name) && !registry.agents.has(name))
    .flatMap(([, found]) => found.filter((each) => each.severity === 'error' && !said.has(each)));
  return [...new Set(broken)].map((diagnostic) => ({ ...diagnostic, severity: 'warning' }));
}

/** Folders that could not be read: a reason why an agent is not there. */
function folderProblems(registry: AgentRegistry, severity: Diagnostic['severity']): Diagnostic[] {
  const found = registry.diagnostics.filter(({ code }) => code === 'agents-folder');
  return found.map((diagnostic) => ({ ...diagnostic, severity }));
}

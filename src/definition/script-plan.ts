import type { JsonObject, JsonValue } from '../domain/json.ts';
import type { Plan, PlanTask } from '../domain/plan/plan.ts';
import type { PlanScript } from '../domain/plan/plan-script.ts';
import { planDefaults } from '../domain/plan/plan.ts';
import { scriptTaskId } from '../domain/plan/scripts.ts';
import type { AgentRegistry } from '../agents/registry.ts';
import { readChildren } from './build/script-children.ts';
import { agentsFor } from './build/script-agents.ts';
import { toScriptArgs } from './build/script-args.ts';
import type { OpenedScript } from './formats/script.ts';
import type { Diagnostic } from './source/diagnostic.ts';
import { DefinitionError } from './source/diagnostic.ts';

/** A plan with what is doubtful about it. */
interface Loaded {
  plan: Plan;
  warnings: Diagnostic[];
}

/** What the plan of a script is completed with. */
interface ScriptContext {
  agents: AgentRegistry;
  inputs?: Readonly<Record<string, JsonValue>>;
  cwd: string;
}

/** What a script's plan is for: what the script returns. */
const outputName = 'result';

/**
 * The plan of a script: one node, which is the script, and the agents that it may ask.
 *
 * @param load checks a native definition, as for every other plan; it is asked about one with a task for each agent
 * @throws DefinitionError
 */
export function toScriptPlan(
  opened: OpenedScript,
  { agents, inputs = {}, cwd }: ScriptContext,
  load: (value: JsonObject, name: string) => Loaded,
): Loaded {
  const { text, meta } = opened;
  const args = toScriptArgs(inputs);
  const script: PlanScript = {
    file: text.file,
    source: text.text,
    ...(args !== undefined && { args }),
    whenToUse: meta.whenToUse,
    phases: meta.phases,
    children: readChildren(opened, cwd),
  };
  const { usual, named, all } = agentsFor(script, agents);
  if (usual === undefined) {
    const message = 'a script asks the agent "general" where it names none, and no folder with agents has it';
    throw new DefinitionError([text.diagnostic(0, { code: 'unknown-agent', message })]);
  }
  const checked = checkAgents({ opened, usual, named, all }, load);
  const outputs = { [outputName]: `tasks.${scriptTaskId}.output` };
  const plan: Plan = {
    ...checked.plan,
    ...{
      name: inOneLine(meta.name),
      description: meta.description,
      inputs: { ...inputs },
      outputs,
      onFailure: 'stop',
      defaultAgent: usual,
      phases: [],
      tasks: [nodeOf(script)],
    },
  };
  return { plan, warnings: [...checked.warnings, ...doubts(opened, script)] };
}

// What nobody named must not keep a script from its start.
function checkAgents(
  { opened: { text }, usual, named, all }: { opened: OpenedScript; usual: string; named: string[]; all: string[] },
  load: (value: JsonObject, name: string) => Loaded,
): Loaded {
  const value = (profiles: readonly string[]): JsonObject => ({
    name: 'agents',
    default_profile: usual,
    // Its script says what one agent hears of another.
    communication: false,
    tasks: profiles.map((profile, index) => ({
      id: `agent-${index + 1}`,
      profile,
      prompt: 'whatever the script asks',
    })),
  });
  try {
    return load(value(all), text.file);
  } catch (error) {
    if (!(error instanceof DefinitionError) || all.length === named.length) throw error;
    return load(value(named), text.file);
  }
}

function inOneLine(text: string): string {
  return text
    .replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
    .slice(0, 100)
    .toWellFormed();
}

function nodeOf(script: PlanScript): PlanTask {
  return {
    ...planDefaults.task,
    ...{ id: scriptTaskId, phase: null, context: scriptTaskId, agent: scriptTaskId, prompt: '', dependsOn: [] },
    ...{ afterPhase: null, retry: planDefaults.retry, timeoutMs: null, filesScope: [], reuse: 'never', script },
  };
}

function doubts({ text }: OpenedScript, script: PlanScript): Diagnostic[] {
  const severity = 'warning' as const;
  const found = Object.values(script.children).flatMap((child) =>
    'problem' in child ? [text.diagnostic(0, { code: 'script-child', message: child.problem, severity })] : [],
  );
  if (!/isolation\s*:/.test(text.text)) return found;
  const message = "`isolation` is not there yet: agents of a script work in the run's workspace";
  return [...found, text.diagnostic(0, { code: 'not-acting', message, severity })];
}

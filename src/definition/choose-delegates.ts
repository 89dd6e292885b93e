import { createAgentIndex } from '../agents/agent-index.ts';
import { chooseAgent, type AgentChoice, type AgentRecord } from '../domain/evaluation/choose-agent.ts';
import type { JsonObject, JsonValue } from '../domain/json.ts';
import { delegatesOf } from '../domain/plan/delegates.ts';
import type { Plan } from '../domain/plan/plan.ts';
import { builtInTools } from '../domain/tool-names.ts';
import { isJsonObject } from './source/source-document.ts';

/** What agents are chosen by for tasks that name none. */
export interface Choosing {
  /** What evaluations gave each delegate, by its name. */
  records: ReadonlyMap<string, AgentRecord>;
  /** The name of the step that adds the tasks. */
  seed: string;
  /** Who was chosen for a task in the run that is replayed. */
  recorded?: (task: string) => string | undefined;
}

/** Agents that fit a task: those that meet its words at least half as well as the best one does. */
const fitShare = 0.5;

/** Whether some of the tasks that an agent adds name nobody, and there are delegates to choose from. */
export function leavesAgentsOpen(value: JsonValue, plan: Plan): boolean {
  return candidatesIn(plan).length > 0 && Array.isArray(value) && value.some(isOpen);
}

/** Tasks that an agent adds, with an agent for each that names none, and why by the ids of these; nothing where there is nobody to choose from. */
export function withDelegates(
  value: JsonValue,
  plan: Plan,
  { records, seed, recorded }: Choosing,
): { value: JsonValue; choices: Record<string, AgentChoice> } {
  const choices: Record<string, AgentChoice> = {};
  if (!Array.isArray(value) || !leavesAgentsOpen(value, plan)) return { value, choices };
  const index = createAgentIndex(candidatesIn(plan).map((agent) => ({ agent, tags: [] })));
  const fittingFor = (prompt: string): string[] => {
    const found = index.find(prompt);
    return found.filter(({ score }) => score >= found[0]!.score * fitShare).map(({ found: each }) => each.agent.name);
  };
  const tasks = value.map((task, at) => {
    if (!isOpen(task)) return task;
    const { id, prompt } = task;
    const [first, ...others] = typeof prompt === 'string' ? fittingFor(prompt) : [];
    const everybody = candidatesIn(plan).map(({ name }) => name);
    const fitting: [string, ...string[]] =
      first === undefined ? [everybody[0]!, ...everybody.slice(1)] : [first, ...others];
    const before = typeof id === 'string' ? recorded?.(id) : undefined;
    // A cassette may be a stranger's: it names one of the plan's agents, or nobody.
    const choice =
      before !== undefined && everybody.includes(before)
        ? { agent: before, reason: 'as in the cassette' }
        : chooseAgent(fitting, records, `${seed}/${at}`);
    if (typeof id === 'string') choices[id] = choice;
    return { ...task, profile: choice.agent };
  });
  return { value: tasks, choices };
}

// A default says who does what names nobody.
function candidatesIn(plan: Plan) {
  const { delegates } = plan;
  // Plans of earlier versions have no default.
  const defaultAgent = plan.defaultAgent ?? null;
  const known = delegatesOf(plan);
  if (!delegates || (defaultAgent !== null && Object.hasOwn(known, defaultAgent))) return [];
  // Who splits work itself is no specialist for any.
  return Object.values(known).filter(
    ({ name, tools }) => name !== plan.manager && !tools.includes(builtInTools.planTasks.name),
  );
}

function isOpen(task: JsonValue): task is JsonObject {
  return isJsonObject(task) && !Object.hasOwn(task, 'profile');
}

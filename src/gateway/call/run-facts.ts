import type { AgentRunner } from '../../domain/coding/agent-runner.ts';
import { scopesOf } from '../../calls/spend-limits.ts';
import { keepLast } from '../../domain/keep-last.ts';
import { planTaskId } from '../../domain/ids/worker-id.ts';
import type { ModelFacts } from '../../domain/model-facts.ts';
import type { ModelChoice } from '../../domain/money/model-table.ts';
import { factsOf } from '../../domain/run/model-of-agent.ts';
import type { ScopeLimit } from '../../store/journal/entry.ts';
import { findFrozen } from '../../store/run/frozen-row.ts';
import type { Store } from '../../store/store.ts';
import { StoreError } from '../../store/store.ts';
import { findAdded } from '../../store/task/task-rows.ts';

/** What never changes of a run. */
export interface RunFacts {
  no: number;
  runKey: string;
  /** What it takes to keep them, about, in characters. */
  readonly length: number;
  /** What is known of a model; null: nothing. */
  modelFacts(choice: ModelChoice): ModelFacts | null;
  /** The provider of an agent, where it is not the default one. */
  providerOf(agent: string): Pick<ModelChoice, 'provider'>;
  /** Whether an agent may reach anything outside of its sandbox: it has the tool `web`, or hosts. */
  reachesOut(agent: string): boolean;
  /** What does an agent's tasks; undefined: our own loop. */
  runnerOf(agent: string): AgentRunner | undefined;
  /** Limits below the run's own that a call for a task counts to. */
  scopes(who: { taskId: string; agent: string }): Promise<readonly ScopeLimit[]>;
}

/** Most that is kept of runs, in characters of JSON, and how many are kept however large: as a worker keeps them. */
const room = { most: 32_000_000, least: 32 };
/** What is kept of a run besides its plan, and of the limits of one of its tasks, about, in characters. */
const usualLength = 1000;

/** Reads of each run once what never changes. */
export function createRunFacts(store: Pick<Store, 'sql'>): (runKey: string) => Promise<RunFacts> {
  return keepLast({ ...room, sizeOf: ({ length }) => length }, (runKey) => load(store, runKey));
}

async function load({ sql }: Pick<Store, 'sql'>, runKey: string): Promise<RunFacts> {
  const row = await findFrozen(sql, runKey);
  if (!row) throw new StoreError('not-found', `the store knows no run ${runKey}`);
  const { no, plan, planLength } = row;
  const scopes = new Map<string, readonly ScopeLimit[]>();
  return {
    no,
    runKey,
    get length() {
      return usualLength + planLength + scopes.size * usualLength;
    },
    modelFacts: (choice) => factsOf(plan, choice),
    providerOf(agent) {
      const provider = Object.hasOwn(plan.agents, agent) ? plan.agents[agent]!.provider : undefined;
      return provider === undefined ? {} : { provider };
    },
    runnerOf: (agent) => (Object.hasOwn(plan.agents, agent) ? plan.agents[agent]!.runner : undefined),
    reachesOut(agent) {
      const found = Object.hasOwn(plan.agents, agent) ? plan.agents[agent] : undefined;
      if (!found) return false;
      return found.tools.includes('web') || (found.runner?.hosts ?? []).length > 0;
    },
    async scopes(who) {
      const name = `${who.agent}/${who.taskId}`;
      const known = scopes.get(name);
      if (known) return known;
      const id = planTaskId(who.taskId);
      const task = plan.tasks.find((each) => each.id === id) ?? (await findAdded(sql, no, id)) ?? undefined;
      const found = scopesOf(plan, task, who);
      scopes.set(name, found);
      return found;
    },
  };
}

import type { JsonValue } from '../../domain/json.ts';
import { formatLimit } from '../../domain/format.ts';
import { chooseModel, knownModelNames, modelNameOf, tableFacts } from '../../domain/money/model-table.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { isScriptPlan } from '../../domain/plan/scripts.ts';
import type { Session } from '../connection/session.ts';
import { findRun } from '../follow/find-run.ts';
import { isReadLate, typeOf } from '../start/plan-edits.ts';

/** What a fork of a run may change, with what stands there now. Each key of `set` is `KIND.NAME`. */
export interface EditableRun {
  run: string;
  workflow: string;
  /** It is a script, whose tasks are known as it runs: nothing of them can be changed. */
  isScript: boolean;
  /** `set` takes `prompt.ID`. At most 500; `total` says how many there are. */
  tasks: { id: string; agent: string; prompt: string; isShortened: boolean }[];
  total: number;
  /** `set` takes `model.NAME`; `tasks`: how many it does, of which `ownModel` say themselves which model they want. */
  agents: { name: string; model: string; tasks: number; ownModel: number }[];
  /** `set` takes `input.NAME`; `why` not: null where it can be changed. */
  inputs: { name: string; type: string; value: JsonValue; why: string | null }[];
  /** `set` takes `limits.NAME`; as texts, empty where there is none. */
  limits: { name: string; value: string }[];
  /** Points to fork from, newest first; at most 100. */
  checkpoints: { name: string; after: string; at: string; tasks: number; keepsFiles: boolean }[];
  /** Models that are known here, with what a million tokens in and out cost in USD. */
  models: { name: string; inputUsd: number | null; outputUsd: number | null }[];
}

const mostTasks = 500;
const mostPoints = 100;
const shortPrompt = 240;

/** What a fork of a run may change. `task`: of this one alone, its prompt whole. @throws RunNotFoundError */
export async function editableRun(session: Session, runId: string, task?: string): Promise<EditableRun> {
  const row = await findRun(session, runId);
  const { store } = session;
  const [plan, points] = await Promise.all([store.runs.plan(row.planHash), store.runs.checkpoints(row.runKey)]);
  const chosen = plan.tasks.filter(({ id }) => task === undefined || id === task);
  const shorten = (text: string): string => (task === undefined ? text.slice(0, shortPrompt).toWellFormed() : text);
  return {
    ...{ run: row.runId, workflow: row.workflow, isScript: isScriptPlan(plan), total: plan.tasks.length },
    tasks: chosen.slice(0, mostTasks).map(({ id, agent, prompt }) => {
      const shown = shorten(prompt);
      return { id, agent, prompt: shown, isShortened: shown.length < prompt.length };
    }),
    agents: agentsOf(plan),
    inputs: await inputsOf(plan),
    limits: limitsOf(plan),
    checkpoints: points
      .toReversed()
      .slice(0, mostPoints)
      .map(({ name, after, at, tasks, snapshot, snapshots }) => {
        const keepsFiles = snapshot !== null || Object.keys(snapshots).length > 0;
        return { name, after, at, tasks: tasks.length, keepsFiles };
      }),
    models: modelsOf(plan),
  };
}

function agentsOf(plan: Plan): EditableRun['agents'] {
  return Object.values(plan.agents).map((agent) => {
    const own = plan.tasks.filter((task) => task.agent === agent.name);
    const ownModel = own.filter(({ overrides }) => overrides?.model !== undefined).length;
    return { name: agent.name, model: modelNameOf(agent), tasks: own.length, ownModel };
  });
}

async function inputsOf(plan: Plan): Promise<EditableRun['inputs']> {
  const known = Object.entries(plan.inputs).map(async ([name, value]) => {
    const why = (await isReadLate(plan, name))
      ? null
      : 'Its value already stands in the prompts: change those, or start the workflow anew.';
    return { name, type: value === null ? 'any' : typeOf(value), value, why };
  });
  return Promise.all(known);
}

function limitsOf({ limits }: Plan): EditableRun['limits'] {
  const { usd, tokens, maxParallel, usdPerMinute, timeoutMs, onExceeded } = limits;
  const values = {
    ...{ usd, tokens, max_parallel: maxParallel, usd_per_minute: usdPerMinute },
    ...{ timeout: formatLimit(timeoutMs).replaceAll(' ', '').replace('min', 'm'), on_exceeded: onExceeded },
  };
  return Object.entries(values).map(([name, value]) => ({ name, value: value === null ? '' : String(value) }));
}

/** Those of the table, and those that the plan brings its own prices of. */
function modelsOf({ models = {} }: Plan): EditableRun['models'] {
  return [...new Set([...knownModelNames, ...Object.keys(models)])].map((name) => {
    const price = (models[name] ?? tableFacts(chooseModel(name).model))?.price ?? null;
    // Prices are nano-USD a token: a thousandth of that is USD a million.
    return { name, inputUsd: price && price.input / 1000, outputUsd: price && price.output / 1000 };
  });
}

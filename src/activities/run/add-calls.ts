/*
 * C1 Calls become tasks as a whole or not at all, under the key of the addition: adding them again adds nothing and answers the same.
 * C2 What a call says is a stranger's: its agent is one of the frozen plan, its schema is one that can be checked, its text can be stored.
 * C3 A script's limits are its own (src/script/limits.ts): `max_fan_out` and `max_added_tasks` are for agents that split their work.
 */
import type { AddCallsInput, AddCallsResult, CalledAgent } from '../../contracts/script.ts';
import type { ModelChoice } from '../../domain/money/model-table.ts';
import { chooseModel, modelNameOf, resolveModel } from '../../domain/money/model-table.ts';
import { toOutlineTask } from '../../domain/plan/outline.ts';
import type { Agent, Plan, PlanTask } from '../../domain/plan/plan.ts';
import { planDefaults } from '../../domain/plan/plan.ts';
import { scriptAgentOf } from '../../domain/plan/script-agents.ts';
import { factsOf } from '../../domain/run/model-of-agent.ts';
import { isAuto } from '../../domain/money/model-tiers.ts';
import { outputSchemaProblem } from '../../models/check-output.ts';
import { toStorable } from '../../store/database/jsonb.ts';
import { addedBy, lockAdditions, writeAdded } from '../../store/run/added-tasks.ts';
import { appendNew } from '../../store/run/events.ts';
import { findVerdicts } from '../../store/task/task-rows.ts';
import type { Store } from '../../store/store.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { addedEvent } from '../base/added-event.ts';

type Made = { task: PlanTask } | { problem: string };

/** Turns calls of a script into tasks of its run; for each that cannot be one, why. */
export async function addCalls(
  { transaction }: Pick<Store, 'transaction'>,
  run: FrozenRun,
  { script, key, calls }: AddCallsInput,
): Promise<AddCallsResult> {
  const made = calls.map((call) => toTask(run.plan, script, toStorable(call)));
  return transaction(async (sql) => {
    await lockAdditions(sql, run.no);
    const before = await addedBy(sql, run.no, key);
    const taken = await findVerdicts(
      sql,
      run.no,
      calls.map(({ id }) => id),
    );
    const own = new Set(before.map(({ id }) => id));
    const others = new Set(taken.map(({ id }) => id));
    for (const id of own) others.delete(id);
    const all = made.map((one) => ('task' in one && others.has(one.task.id) ? isTaken(one.task) : one));
    const tasks = all.flatMap((one) => ('task' in one && !own.has(one.task.id) ? [one.task] : []));
    if (tasks.length > 0) {
      await writeAdded(sql, run.no, { tasks, key, parent: script });
      await appendNew(
        sql,
        run.no,
        tasks.map((task) => addedEvent(run.plan, task)),
      );
    }
    return { added: all.map((one) => ('task' in one ? { task: toOutlineTask(one.task, 1) } : one)) };
  });
}

function isTaken({ id }: PlanTask): Made {
  return { problem: `the run has another task ${id}: give the call another label` };
}

function toTask(plan: Plan, script: string, call: CalledAgent): Made {
  const { id, label, heading, prompt, agentType, model, schema } = call;
  const agent = scriptAgentOf(plan, agentType);
  if (agent === undefined) return { problem: `there is no agent ${JSON.stringify(agentType)}` };
  const wrong = schema && outputSchemaProblem(schema);
  if (wrong) return { problem: wrong };
  const overrides = model === null ? undefined : overridesOf(plan, plan.agents[agent]!, model);
  if (typeof overrides === 'string') return { problem: overrides };
  const task: PlanTask = {
    ...planDefaults.task,
    ...{ id, phase: null, context: id, agent, prompt, dependsOn: [], afterPhase: null, retry: planDefaults.retry },
    ...{ timeoutMs: null, filesScope: [], output: schema, depth: 1, description: label, askedBy: script },
    // The script says what becomes of a failure, and its source lies among the files: see docs/decisions.
    ...{ continueOnError: true, reuse: 'always' },
    ...(heading !== null && { heading }),
    ...(overrides && { overrides }),
  };
  return { task };
}

function overridesOf(plan: Plan, agent: Agent, name: string): PlanTask['overrides'] | string {
  if (name.trim() === '' || /^inherit$/i.test(name.trim())) return undefined;
  const choice: ModelChoice = resolveModel(name) ?? chooseModel(name);
  if (isAuto(choice) && plan.tiers) return choice;
  const facts = factsOf(plan, choice);
  if (resolveModel(name) === undefined && facts === null)
    return `there is no model ${JSON.stringify(name.slice(0, 100))} that is known here`;
  if (modelNameOf(choice) === modelNameOf(agent)) return undefined;
  const most = facts?.maxOutput ?? Infinity;
  return { ...choice, ...(agent.maxTokens > most && { maxTokens: most }) };
}

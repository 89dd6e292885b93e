import type { TurnInput } from '../../contracts/turn.ts';
import { textOf } from '../../domain/conversation/conversation.ts';
import { isHelper, planTaskId } from '../../domain/ids/worker-id.ts';
import type { PastAttempt, TierQuestion } from '../../domain/money/choose-tier.ts';
import { chooseTier } from '../../domain/money/choose-tier.ts';
import { estimateComplexity } from '../../domain/money/estimate-complexity.ts';
import { chooseModel, modelNameOf } from '../../domain/money/model-table.ts';
import { isAuto, ladderOf, withModel } from '../../domain/money/model-tiers.ts';
import { agentAtWork } from '../../domain/plan/agent-at-work.ts';
import type { Agent, PlanTask } from '../../domain/plan/plan.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import { factsOf } from '../../domain/run/model-of-agent.ts';
import type { Sql } from '../../store/database/sql.ts';
import type { StoredMessage } from '../../store/run/conversation.ts';
import type { AttemptRef, ModelChosen } from '../../store/task/model-choices.ts';
import { failedModels, findChoice, keepChoice, pastAttempts } from '../../store/task/model-choices.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { finalFailure } from '../base/to-failure.ts';

/** What of a turn is looked at to choose its model. */
interface Asked {
  task: PlanTask | undefined;
  /** What is asked. */
  prompt: StoredMessage;
}

/** What the run that is replayed had. */
type Recorded = Pick<ModelChosen, 'model' | 'complexity'>;

// A choice never changes once it is there.
const kept = new WeakMap<FrozenRun, Map<string, ModelChosen>>();

/**
 * Who takes a turn: the plan's agent as it does the task. A model that the plan leaves open is chosen in the attempt's first turn, once; `chosen`
 * is null where the plan names it.
 *
 * @throws ApplicationFailure `InvalidInput` when the plan has no such agent
 */
export async function whoAnswers(
  dependencies: Pick<ActivityDependencies, 'store' | 'tools' | 'models'>,
  run: FrozenRun,
  { agent: name, taskId, attempt }: Pick<TurnInput, 'agent' | 'taskId' | 'attempt'>,
  asked: Asked,
): Promise<{ agent: Agent; chosen: ModelChosen | null }> {
  const agent = agentAtWork(run.plan, name, asked.task);
  if (!agent) throw finalFailure(failureTypes.invalidInput, `the plan has no agent ${name}`);
  if (!isAuto(agent)) return { agent, chosen: null };
  const chosen = await chosenFor(
    dependencies,
    run,
    { task: planTaskId(taskId), id: taskId, attempt },
    { ...asked, agent },
  );
  const choice = chooseModel(chosen.model);
  const most = factsOf(run.plan, choice)?.maxOutput ?? Infinity;
  return { agent: { ...withModel(agent, choice), maxTokens: Math.min(agent.maxTokens, most) }, chosen };
}

// Whoever wants it so has models chosen without a look at what evaluations said.
async function pastOf(sql: Sql, { no, plan }: FrozenRun, task: string): Promise<PastAttempt[]> {
  const past = await pastAttempts(sql, no, task);
  return plan.evaluate?.learns === false ? past.map(({ score: _score, ...attempt }) => attempt) : past;
}

async function chosenFor(
  { store, tools, models }: Pick<ActivityDependencies, 'store' | 'tools' | 'models'>,
  run: FrozenRun,
  ref: AttemptRef,
  asked: Asked & { agent: Agent },
): Promise<ModelChosen> {
  const known = keptOf(run);
  const key = JSON.stringify(ref);
  const found = known.get(key) ?? (await findChoice(store.sql, run.no, ref));
  const changesFiles = asked.agent.tools.some((name) => tools.get(name)?.changesFiles === true);
  const recorded = models.choiceOf?.({ ...ref, workflow: run.plan.name });
  const chosen =
    found ?? (await store.transaction((sql) => choose(sql, run, ref, { ...asked, changesFiles, recorded })));
  known.set(key, chosen);
  return chosen;
}

function keptOf(run: FrozenRun): Map<string, ModelChosen> {
  const found = kept.get(run) ?? new Map<string, ModelChosen>();
  kept.set(run, found);
  return found;
}

async function choose(
  sql: Sql,
  run: FrozenRun,
  ref: AttemptRef,
  asked: Asked & { agent: Agent; changesFiles: boolean; recorded: Recorded | undefined },
): Promise<ModelChosen> {
  const { tiers } = run.plan;
  if (!tiers)
    throw finalFailure(
      failureTypes.modelRejected,
      `the agent ${asked.agent.name} has the model auto, and the plan no tiers`,
    );
  const { recorded } = asked;
  // A cassette may be a stranger's: it names one of the plan's models, or none.
  if (recorded && ladderOf(tiers).some((choice) => modelNameOf(choice) === recorded.model)) {
    const { model, complexity } = recorded;
    return keep(sql, run, ref, { model, complexity, reason: 'as in the cassette' });
  }
  const question: TierQuestion = {
    tiers,
    ...complexityOf(ref.id, asked),
    past: isHelper(ref.id) ? [] : await pastOf(sql, run, ref.task),
    failed: await failedModels(sql, run.no, ref),
    mayTryAgain: !isHelper(ref.id) && ref.attempt < (asked.task?.retry.maxAttempts ?? 1),
  };
  const { choice, complexity, reason } = chooseTier(question);
  return keep(sql, run, ref, { model: modelNameOf(choice), complexity, reason });
}

async function keep(sql: Sql, { no }: FrozenRun, ref: AttemptRef, chosen: ModelChosen): Promise<ModelChosen> {
  await keepChoice(sql, no, ref, chosen);
  // Another worker may have been first.
  return (await findChoice(sql, no, ref))!;
}

function complexityOf(id: string, { task, prompt, changesFiles }: Asked & { changesFiles: boolean }) {
  // Whoever helps or undoes has another piece of work than the task itself.
  const own = isHelper(id) ? undefined : task;
  if (own?.complexity) return { complexity: own.complexity, because: 'declared' };
  const dependencies = own?.dependsOn.length ?? 0;
  return estimateComplexity({
    promptLength: textOf(prompt).length,
    changesFiles,
    dependencies,
    splits: own?.decompose ?? false,
  });
}

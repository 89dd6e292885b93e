/*
 * One activity takes one turn, and goes straight on with the next ones as long as they are quick:
 *
 * T1 Every turn and every quick tool has a journal row of its own, so a repetition of the activity pays for nothing again.
 * T2 It goes on only while nothing but time was asked for: a slow tool, an end, a loop or the last turn goes back to the workflow.
 * T3 What goes wrong in a later turn is left to the workflow, with all that was done before it.
 * T4 Events of quick tools are written with the next turn, or at the end; all tasks of a run share its row, so one write a turn counts.
 *
 * With a real model a turn takes seconds, so it is an activity of its own; with a model that answers in milliseconds
 * a workflow task per turn would cost more than the turn.
 */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { OutlineTask } from '../../domain/plan/outline.ts';
import type { CallModelInput, CallModelResult, SlowToolCall, TakenTurn, TurnInput } from '../../contracts/turn.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import { fingerprint } from '../../domain/fingerprint.ts';
import { isLooping } from '../../domain/turns/loop-detection.ts';
import type { JsonObject } from '../../domain/json.ts';
import { agentAtWork } from '../../domain/plan/agent-at-work.ts';
import type { Agent, PlanTask } from '../../domain/plan/plan.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import { CallHeld } from '../../store/journal/call-held.ts';
import { appendNew } from '../../store/run/events.ts';
import { isHelper } from '../../domain/ids/worker-id.ts';
import { letCancelGoFirst, withHeartbeat } from '../base/activity-context.ts';
import { checkOutput, OutputSchemaError, outputSchemaProblem } from '../../models/check-output.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import type { OrphanCheck } from '../base/refuse-orphans.ts';
import { gateTools } from './gate-tools.ts';
import type { ToolResults } from './tool-result.ts';
import { addedByGated, runQuickTools } from './quick-tools.ts';
import { gateSaid, tellUnsent } from './said-messages.ts';
import { takeTurn } from './take-turn.ts';
import type { Turn, TurnDependencies } from './turn.ts';
import { taskDefinition } from '../base/task-definition.ts';
import { finalFailure } from '../base/to-failure.ts';
import { isOwedTurn, owedTurnText } from './owed-turn.ts';
import { giveUp, goOnText } from './unfinished.ts';
import { WorkTime } from './work-time.ts';

/** Takes one turn of an agent, and the quick ones that follow it. `isRepeated`: somebody may have begun it before. */
export async function callModel(
  dependencies: TurnDependencies & { frozenRun: (runKey: string) => Promise<FrozenRun>; refuseOrphan: OrphanCheck },
  input: CallModelInput,
  isRepeated: boolean,
): Promise<CallModelResult> {
  const run = await dependencies.frozenRun(input.runKey);
  refuseOtherModel(dependencies, run);
  await letCancelGoFirst(run.runId);
  await dependencies.refuseOrphan(run, input.taskId);
  return withHeartbeat((signal) => takeTurns(dependencies, run, input, { signal, isRepeated }));
}

/** The same inside of an activity that sends heartbeats. @throws CallHeld where the run is paused, and {@link Slice.isHeldByPause} */
export async function takeTurns(
  dependencies: TurnDependencies,
  run: FrozenRun,
  { history, output, lastTurn, ...input }: CallModelInput,
  { signal, isRepeated, isHeldByPause }: Pick<Slice, 'signal' | 'isRepeated' | 'isHeldByPause'>,
): Promise<CallModelResult> {
  const task = await taskDefinition(dependencies.store.sql, run, input.taskId);
  if (output && input.turn === 1) refuseSchema(input.taskId, output);
  const slice: Slice = {
    work: new WorkTime(),
    signal,
    isRepeated,
    ...(isHeldByPause && { isHeldByPause }),
    task,
    schema: isHelper(input.taskId) ? null : (task?.output ?? output ?? null),
    turns: [],
    added: await addedByGated(dependencies, run, input),
    begins: [],
    history: [...history],
    known: new Map(),
    untold: [],
    lastTurn,
    hasLater: false,
    isTold: false,
  };
  try {
    return await goOn(dependencies, run, input, slice);
  } finally {
    await tell(dependencies, run, slice.untold);
  }
}

/** What the turns of one activity have in common, and what they have come to. */
interface Slice {
  /** What they have taken. */
  work: WorkTime;
  signal: AbortSignal;
  isRepeated: boolean;
  /** Its calls do not begin while the run is paused; left out: whoever asks has looked. */
  isHeldByPause?: boolean;
  task: PlanTask | undefined;
  /** What its last answer has to be like; null: anything. */
  schema: JsonObject | null;
  turns: TakenTurn[];
  added: OutlineTask[];
  /** Tasks that begin at once. */
  begins: OutlineTask[];
  history: string[];
  /** Results of the quick tools that the last turn asked for. */
  known: ToolResults;
  /** Events that are still to be written (T4). */
  untold: RunEventDraft[];
  /** Number of the last turn that the task may take. */
  lastTurn: number;
  /** Messages wait for the next turn. */
  hasLater: boolean;
  /** It is told what of its last answer was not sent, with the next turn; no turn is owed for that. */
  isTold: boolean;
}

async function goOn(
  dependencies: TurnDependencies,
  run: FrozenRun,
  first: TurnInput,
  slice: Slice,
): Promise<CallModelResult> {
  const { work, turns, added, begins, signal, lastTurn } = slice;
  const soFar = (): Pick<CallModelResult, 'turns' | 'added' | 'begins'> => ({
    turns,
    added,
    ...(begins.length > 0 && { begins }),
  });
  let input: TurnInput = first;
  for (;;) {
    const turn = await nextTurn(dependencies, run, input, slice).catch((error: unknown) => {
      if (turns.length === 0 || error instanceof CancelledFailure || error instanceof CallHeld || signal.aborted)
        throw error;
      return { failure: toFinal(error) };
    });
    if ('failure' in turn) return { ...soFar(), slowTools: [], problem: null, ...turn };
    const { slowTools, isOver, isOwed } = await runTools(dependencies, run, { input, turn }, slice);
    const mayGoOn = turn.stop === 'tools' && !isOver && slowTools.length === 0 && input.turn < lastTurn;
    const failure = giveUp(turn, agentAtWork(run.plan, input.agent, slice.task)!);
    if (failure || !mayGoOn || isLooping(slice.history) || work.isOver || signal.aborted) {
      const problem = isOwed ? null : problemOf(slice, input.taskId, turn);
      return { ...soFar(), slowTools, problem, failure };
    }
    input = { ...input, turn: input.turn + 1, head: turn.head, prompt: null };
  }
}

async function nextTurn(
  dependencies: TurnDependencies,
  run: FrozenRun,
  input: TurnInput,
  { work, signal, isRepeated, isHeldByPause, task, schema, turns, known, untold, hasLater, isTold }: Slice,
): Promise<Turn> {
  // A repetition cannot know what was told before it (T4). Messages that come meanwhile wait for the next activity.
  if (isRepeated) await tell(dependencies, run, untold);
  const hasMail = isRepeated || turns.length === 0 || hasLater || isTold;
  const held = isHeldByPause && { isHeldByPause };
  const frame = { work, task, schema, signal, events: untold, known, hasMail, ...held };
  const turn = await takeTurn(dependencies, run, input, frame);
  untold.length = 0;
  return turn;
}

/** Runs what is quick of the tools that a turn asks for. @returns those that are not, or have to wait; whether one of them ended the task; and whether another turn is owed before */
async function runTools(
  dependencies: TurnDependencies,
  run: FrozenRun,
  { input, turn }: { input: TurnInput; turn: Turn },
  slice: Slice,
): Promise<{ slowTools: SlowToolCall[]; isOver: boolean; isOwed: boolean }> {
  const gated = await gateTools(dependencies, run, { input, task: slice.task }, turn.toolUses);
  const said = await gateSaid(dependencies, run, { input, turn, task: slice.task });
  const { prints, events, added, begins, results, ends, waiting } = await runQuickTools(dependencies, run, input, {
    task: slice.task,
    calls: [...gated, ...said.calls],
  });
  slice.isTold = await tellUnsent(dependencies, run, { input, said, results });
  const asked = turn.toolUses.map((use) => [use.name, use.input]);
  slice.untold.push(...events);
  slice.added.push(...added);
  slice.begins.push(...begins);
  slice.hasLater = turn.hasLater;
  const slowTools = [...gated.flatMap(({ slow }) => slow ?? []), ...waiting];
  const isOver = ends && slowTools.length === 0;
  const isOwed = (isOver || turn.stop === 'end') && (await isOwedTurn(dependencies.store, run, input, slice));
  // Whoever has more to read each time goes in no circle.
  const print = fingerprint(JSON.stringify([turn.preview, asked, prints, ...(isOwed ? [input.turn] : [])]));
  slice.history.push(print);
  slice.turns.push(toTaken(turn, print, agentAtWork(run.plan, input.agent, slice.task)!, { isOver, isOwed }));
  slice.known = results;
  return { slowTools, isOver, isOwed };
}

function problemOf({ task, schema }: Slice, taskId: string, { stop, text }: Turn): string | null {
  if (stop !== 'end' || schema === null) return null;
  try {
    return checkOutput(schema, text);
  } catch (error) {
    if (!(error instanceof OutputSchemaError)) throw error;
    throw finalFailure(failureTypes.outputInvalid, `task ${task?.id ?? taskId}: ${error.message}`);
  }
}

// A plan's were looked at before the run began; what a program gives is looked at before anything is paid for.
function refuseSchema(taskId: string, schema: JsonObject): void {
  const problem = outputSchemaProblem(schema);
  if (problem !== null) throw finalFailure(failureTypes.invalidInput, `task ${taskId}: ${problem}`);
}

// Writes those events that are not there yet, and forgets them.
async function tell({ store }: TurnDependencies, run: FrozenRun, untold: RunEventDraft[]): Promise<void> {
  if (untold.length === 0) return;
  await store.transaction((sql) => appendNew(sql, run.no, untold));
  untold.length = 0;
}

function toTaken(
  { head, stop, preview, usage, costUsd, isUncounted, toolUses, unfinished }: Turn,
  print: string,
  agent: Agent,
  { isOver, isOwed }: { isOver: boolean; isOwed: boolean },
): TakenTurn {
  const tools = toolUses
    .map((use) => use.name)
    .join(', ')
    .slice(0, 100);
  const goOn = stop === 'cut' && unfinished ? { goOn: goOnText(unfinished, agent) } : {};
  // The workflow knows such an end as one that goes on; whoever hands over goes on by the result of that call.
  const owed = isOwed && stop === 'end' ? ({ stop: 'cut', goOn: owedTurnText } as const) : {};
  const over = isOver && !isOwed ? ({ stop: 'end' } as const) : {};
  const cost = { costUsd, ...(isUncounted && { isUncounted }) };
  return { head, stop, preview, usage, ...cost, tools, ...goOn, ...owed, ...over, fingerprint: print };
}

// A failure that another try may cure is met again by the next call, which Temporal retries; a final one is handed over (T3).
function toFinal(error: unknown): CallModelResult['failure'] {
  if (!(error instanceof ApplicationFailure) || !error.nonRetryable) return null;
  return { type: error.type ?? 'Error', message: error.message, details: error.details ?? [] };
}

/** @throws ApplicationFailure that another worker can take up, where the run is for another model than this one's */
export function refuseOtherModel({ models: { kind } }: ActivityDependencies, { launch, runId }: FrozenRun): void {
  if (!launch || launch.model === kind) return;
  const message = `run ${runId} was started for the ${launch.model} model and this worker has the ${kind} one: \`gaffer watch ${runId}\` starts the right worker`;
  throw ApplicationFailure.retryable(message, failureTypes.modelUnavailable);
}

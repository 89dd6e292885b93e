import { isCancellation, setCurrentDetails } from '@temporalio/workflow';
import type { CallModelInput, CallModelResult, TakenTurn } from '../contracts/activities.ts';
import type { AgentTaskInput, AgentTaskProgress } from '../contracts/agent-task.ts';
import { failureTypes } from '../domain/failure-types.ts';
import { fingerprint } from '../domain/fingerprint.ts';
import { isLooping, loopLimit } from '../domain/loop-detection.ts';
import { totalTokens } from '../domain/usage.ts';
import { callModel, callTool } from './activity-proxies.ts';
import { describeFailure, finalFailure } from './failures.ts';
import { within } from './within.ts';

const goOn = 'Your answer was cut off at its token limit. Go on from where it stopped; keep it shorter.';

/**
 * Drives one agent through one task, turn by turn, until it ends its turn.
 *
 * Started by `orchestrate` as a child; the conversation outlives it, so a later task can go on with it.
 *
 * @throws ApplicationFailure of a type of `failureTypes`, with {@link AgentTaskProgress} as its detail; never retryable here
 */
export async function agentTask(input: AgentTaskInput): Promise<AgentTaskProgress> {
  const progress: AgentTaskProgress = { head: input.head, preview: '', turns: 0, tokens: 0, costUsd: 0 };
  try {
    await within(input.timeoutMs, `task ${input.taskId}`, () => converse(input, progress));
    return progress;
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { type, message } = describeFailure(error);
    throw finalFailure(type, message, [progress]);
  }
}

async function converse(input: AgentTaskInput, progress: AgentTaskProgress): Promise<void> {
  const { runKey, taskId, attempt, epoch, agent, context, maxTurns: lastTurn } = input;
  let history: string[] = [];
  let prompt: CallModelInput['prompt'] = input.prompt === null ? 'task' : { text: input.prompt };
  let head = input.head;
  for (let turn = 1; turn <= lastTurn; turn = progress.turns + 1) {
    const step = { runKey, taskId, attempt, epoch, agent, context };
    const summary = `${agent} · ${input.model} · turn ${turn}`;
    const answer = await callModel.executeWithOptions({ summary }, [
      { ...step, turn, head, prompt, lastTurn, history },
    ]);
    const last = answer.turns.at(-1)!;
    head = last.head;
    const results = await runTools(input, turn + answer.turns.length - 1, last.head, answer.slowTools);
    note(progress, answer);
    setCurrentDetails(toDetails(input, progress, last));
    if (last.stop === 'end') return;
    history.push(...answer.turns.map((each) => each.fingerprint));
    if (results) history.push(fingerprint(history.pop() + results));
    if (isLooping(history)) throw finalFailure(failureTypes.turnsExhausted, loopMessage(last));
    history = history.slice(-loopLimit);
    if (answer.failure) throw finalFailure(answer.failure.type, answer.failure.message);
    prompt = last.stop === 'cut' ? { text: goOn } : null;
  }
  const message = `no end after ${lastTurn} turns: give the agent a higher max_turns, or a smaller task`;
  throw finalFailure(failureTypes.turnsExhausted, message);
}

// Only now do all tool calls of these turns have their results, so only now does the head move.
function note(progress: AgentTaskProgress, { turns }: CallModelResult): void {
  const last = turns.at(-1)!;
  progress.head = last.head;
  progress.preview = last.preview;
  progress.turns += turns.length;
  for (const turn of turns) {
    progress.tokens += totalTokens(turn.usage);
    progress.costUsd += turn.costUsd;
  }
}

async function runTools(
  input: AgentTaskInput,
  turn: number,
  head: string,
  tools: CallModelResult['slowTools'],
): Promise<string> {
  const { runKey, taskId, attempt, epoch, agent, context, workspaceQueue: taskQueue } = input;
  const results = await Promise.all(
    tools.map(async ({ id: toolUseId, summary }) => {
      const call = { runKey, taskId, attempt, turn, epoch, agent, context, head, toolUseId };
      try {
        return await callTool.executeWithOptions({ taskQueue, summary: `${agent} · ${summary}` }, [call]);
      } catch (error) {
        if (isCancellation(error)) throw error;
        // The journal has no result for it, so the model will be told that the outcome is unknown.
        return { ok: false, fingerprint: 'lost' };
      }
    }),
  );
  return results.map((result) => result.fingerprint).join();
}

function loopMessage(last: TakenTurn): string {
  const what = last.tools || 'the same answer';
  return `the agent goes round in circles: ${loopLimit} times in a row the same step with the same result (${what})`;
}

function toDetails(input: AgentTaskInput, progress: AgentTaskProgress, turn: TakenTurn): string {
  const last = turn.tools || turn.stop;
  return [
    `### ${input.agent} in ${input.context}`,
    '',
    '| turns | tokens | cost |',
    '| ---: | ---: | ---: |',
    `| ${progress.turns} | ${progress.tokens} | $${progress.costUsd.toFixed(4)} |`,
    '',
    `Last step: ${last.replace(/[|`]/g, ' ')}`,
  ].join('\n');
}

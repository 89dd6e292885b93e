import { isCancellation, setCurrentDetails } from '@temporalio/workflow';
import type { CallModelInput, CallModelResult } from '../contracts/activities.ts';
import type { AgentTaskInput, AgentTaskProgress } from '../contracts/agent-task.ts';
import { failureTypes } from '../domain/failure-types.ts';
import { fingerprint } from '../domain/fingerprint.ts';
import { isLooping, loopLimit } from '../domain/loop-detection.ts';
import { totalTokens } from '../domain/usage.ts';
import { callModel, callQuickTool, callSlowTool } from './activity-proxies.ts';
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
  const history: string[] = [];
  let prompt: CallModelInput['prompt'] = input.prompt === null ? 'task' : { text: input.prompt };
  let head = input.head;
  for (let turn = 1; turn <= input.maxTurns; turn++) {
    const { runKey, taskId, attempt, epoch, agent, context } = input;
    const summary = `${agent} · ${input.model} · turn ${turn}`;
    const answer = await callModel.executeWithOptions({ summary }, [
      { runKey, taskId, attempt, turn, epoch, agent, context, head, prompt },
    ]);
    head = answer.head;
    const results = await runTools(input, turn, answer);
    Object.assign(progress, {
      head,
      preview: answer.preview,
      turns: turn,
      tokens: progress.tokens + totalTokens(answer.usage),
      costUsd: progress.costUsd + answer.costUsd,
    });
    setCurrentDetails(toDetails(input, progress, answer));
    if (answer.stop === 'end') return;
    history.push(fingerprint(answer.fingerprint + results));
    if (isLooping(history)) throw finalFailure(failureTypes.turnsExhausted, loopMessage(answer));
    prompt = answer.stop === 'cut' ? { text: goOn } : null;
  }
  const message = `no end after ${input.maxTurns} turns: give the agent a higher max_turns, or a smaller task`;
  throw finalFailure(failureTypes.turnsExhausted, message);
}

async function runTools(input: AgentTaskInput, turn: number, answer: CallModelResult): Promise<string> {
  const { runKey, taskId, attempt, epoch, agent, context, workspaceQueue: taskQueue } = input;
  const results = await Promise.all(
    answer.toolCalls.map(async ({ id: toolUseId, quick, summary }) => {
      const call = { runKey, taskId, attempt, turn, epoch, agent, context, head: answer.head, toolUseId };
      try {
        const label = `${agent} · ${summary}`;
        if (quick) return await callQuickTool(label, call);
        return await callSlowTool.executeWithOptions({ taskQueue, summary: label }, [call]);
      } catch (error) {
        if (isCancellation(error)) throw error;
        // The journal has no result for it, so the model will be told that the outcome is unknown.
        return { ok: false, fingerprint: 'lost' };
      }
    }),
  );
  return results.map((result) => result.fingerprint).join();
}

function loopMessage(answer: CallModelResult): string {
  const what = answer.toolCalls.map((call) => call.summary).join(', ') || 'the same answer';
  return `the agent goes round in circles: ${loopLimit} times in a row the same step with the same result (${what})`;
}

function toDetails(input: AgentTaskInput, progress: AgentTaskProgress, answer: CallModelResult): string {
  const last = answer.toolCalls.map((call) => call.summary).join(', ') || answer.stop;
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

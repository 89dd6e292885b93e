import {
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { TakenTurn } from '../contracts/turn.ts';
import type { WaitAnswer } from '../contracts/waiting.ts';
import type { RunLink } from './task/run-link.ts';
import type {
  AgentTask,
  AgentTaskInput,
  AgentTaskProgress,
  TaskControl,
  TaskEnd,
  TaskReport,
} from '../contracts/agent-task.ts';
import { runAgent } from './task/agent-loop.ts';
import { restUntil } from './base/rest-until.ts';
import { describeFailure } from './base/failures.ts';
import type { Shape } from './base/check-input.ts';
import { checkInput } from './base/check-input.ts';
import { taskControlSignal, taskReportSignal } from './base/task-signals.ts';
import { WaitClock } from './base/wait-clock.ts';
import { declareVersioning } from './base/versioning.ts';
import { tableCost } from '../domain/format.ts';

const shape: Shape = {
  ...{ runKey: 'text', runId: 'text', taskId: 'text', agent: 'text', model: 'text', context: 'text' },
  ...{ attempt: 'number', epoch: 'number', maxTurns: 'number', timeoutMs: 'number or null' },
};

/**
 * Drives one agent through one task, turn by turn, until it ends its turn.
 *
 * Started by `orchestrate` as a child; the conversation outlives it, so a later task can go on with it.
 *
 * @throws ApplicationFailure of a type of `failureTypes`, with {@link AgentTaskProgress} as its detail; never retryable here
 */
export async function agentTask(input: AgentTaskInput): Promise<AgentTaskProgress> {
  checkInput('agentTask', input, shape);
  const { link, tellEnd } = linkToRun(input);
  try {
    const progress = await runAgent(input, link);
    await tellEnd({ kind: 'done', progress });
    return progress;
  } catch (error) {
    await tellEnd(toEnd(error));
    throw error;
  }
}

function toEnd(error: unknown): TaskEnd {
  if (isCancellation(error)) return { kind: 'cancelled' };
  const { type, message, details } = describeFailure(error);
  return { kind: 'failed', type, message, progress: (details[0] as AgentTaskProgress | undefined) ?? null };
}

// The run is another workflow: it is told by signal, and answers by signal.
function linkToRun(input: AgentTaskInput): { link: RunLink; tellEnd: (end: TaskEnd) => Promise<void> } {
  const { taskId, runId } = input;
  const heard = hearRun();
  const { answers } = heard;
  const clock = new WaitClock();
  const queue = restUntil(() => heard.limitChanges + heard.pauses);
  const report = (told: TaskReport): Promise<void> => getExternalWorkflowHandle(runId).signal(taskReportSignal, told);
  const link: RunLink = {
    busy: (work) => work(),
    async gate() {
      while (heard.isPaused) {
        await report({ taskId, kind: 'idle' });
        await clock.during(() => condition(() => !heard.isPaused));
      }
    },
    async wait(request) {
      await report({ taskId, kind: 'wait', request });
      await clock.during(() => condition(() => answers.has(request.id)));
      const answer = answers.get(request.id)!;
      answers.delete(request.id);
      return answer;
    },
    rest: restUntil(() => heard.limitChanges),
    queue: (ms, summary) => clock.during(() => queue(ms, summary)),
    waitedMs: () => clock.waitedMs,
    onTurn: (progress, last) => setCurrentDetails(toDetails(input, progress, last)),
  };
  return {
    link,
    async tellEnd(end) {
      if (!heard.isOnItsOwn) return;
      // A run that is over needs not know.
      await CancellationScope.nonCancellable(() =>
        report({ taskId, kind: 'ended', attempt: input.attempt, end }),
      ).catch(() => undefined);
    },
  };
}

/** What the run has told its task so far. */
interface Heard {
  answers: Map<string, WaitAnswer>;
  isPaused: boolean;
  pauses: number;
  limitChanges: number;
  /** Whether the execution that started it is gone: its end is told by signal. */
  isOnItsOwn: boolean;
}

function hearRun(): Heard {
  const heard: Heard = { answers: new Map(), isPaused: false, pauses: 0, limitChanges: 0, isOnItsOwn: false };
  const hear = (control: TaskControl): void => {
    if (control.kind === 'paused') {
      heard.isPaused = control.isPaused;
      if (control.isPaused) heard.pauses++;
    } else if (control.kind === 'answer') heard.answers.set(control.answer.id, control.answer);
    else if (control.kind === 'limits') heard.limitChanges++;
    else heard.isOnItsOwn = true;
  };
  setHandler(taskControlSignal, hear);
  return heard;
}

function toDetails(input: AgentTaskInput, progress: AgentTaskProgress, turn: TakenTurn): string {
  const last = turn.tools || turn.stop;
  return [
    `### ${input.agent} in ${input.context}`,
    '',
    '| turns | tokens | cost |',
    '| ---: | ---: | ---: |',
    `| ${progress.turns} | ${progress.tokens} | ${tableCost(progress)} |`,
    '',
    `Last step: ${last.replace(/[|`]/g, ' ')}`,
  ].join('\n');
}

// Short enough to end on the version that it began on; a run moves on (see docs/operations.md).
declareVersioning('PINNED', agentTask satisfies AgentTask);

import { ChildWorkflowCancellationType, condition, startChild } from '@temporalio/workflow';
import type { ChildWorkflowHandle } from '@temporalio/workflow';
import type { AgentTaskInput, AgentTaskProgress, TaskControl } from '../contracts/agent-task.ts';
import type { WaitAnswer } from '../contracts/control.ts';
import { runAgent } from './agent-loop.ts';
import type { agentTask } from './agent-task.ts';
import type { Crew, CrewTask } from './crew.ts';
import { taskControlSignal } from './task-signals.ts';
import { WaitClock } from './wait-clock.ts';

/** An attempt in the making. */
export interface Attempt {
  result: Promise<AgentTaskProgress>;
  /** Tells it that the run is paused, or goes on. */
  setPaused: (isPaused: boolean) => void;
  /** Tells it what it waited for. */
  answer: (answer: WaitAnswer) => void;
}

/** Starts an attempt: in a child workflow with a history of its own, or inside of the run's, as the plan's limits say. */
export async function startAttempt(crew: Crew, task: CrewTask, attempt: number): Promise<Attempt> {
  const { outline, runKey, runId } = crew;
  const { model, maxTurns } = outline.agents[task.agent]!;
  const input: AgentTaskInput = {
    ...{ runKey, runId, taskId: task.id, attempt, epoch: 0, agent: task.agent, model, maxTurns },
    ...{ context: task.context, phase: task.phase, prompt: task.prompt, timeoutMs: task.timeoutMs },
    ...{ head: crew.headOf(task.context), workspaceQueue: outline.workspaceQueue },
    waitsForBudget: outline.limits.onExceeded === 'pause',
    hasManager: outline.manager !== null && outline.manager !== task.agent,
  };
  if (outline.limits.tasks === 'inline') return startInline(crew, input);
  return startAsChild(`${runId}/${task.id}${attempt > 1 ? `~${attempt}` : ''}`, input);
}

async function startAsChild(workflowId: string, input: AgentTaskInput): Promise<Attempt> {
  const child = await startChild<typeof agentTask>('agentTask', {
    workflowId,
    args: [input],
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    staticSummary: `${input.agent} · ${input.phase ? `${input.phase} · ` : ''}${input.context}`,
  });
  return {
    result: child.result(),
    setPaused: (isPaused) => void tell(child, { kind: 'paused', isPaused }),
    answer: (answer) => void tell(child, { kind: 'answer', answer }),
  };
}

// A child that has just ended cannot be told anything any more, and needs not.
function tell(child: ChildWorkflowHandle<typeof agentTask>, control: TaskControl): Promise<void> {
  return child.signal(taskControlSignal, control).catch(() => undefined);
}

function startInline(crew: Crew, input: AgentTaskInput): Attempt {
  const { control } = crew;
  const clock = new WaitClock();
  const result = runAgent(input, {
    async gate() {
      while (control.pause) {
        control.idle(input.taskId);
        await clock.during(() => condition(() => control.pause === null));
      }
    },
    wait: (request) => clock.during(() => crew.wait(request)),
    waitedMs: () => clock.waitedMs,
    onTurn(progress) {
      const state = crew.tasks.get(input.taskId);
      if (state) state.progress = progress;
    },
  });
  return { result, setPaused: () => undefined, answer: () => undefined };
}

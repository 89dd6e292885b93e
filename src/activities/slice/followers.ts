import type { BeginTask } from '../../contracts/progress.ts';
import type { SlicedAttempt, SliceFollowers, SliceInput } from '../../contracts/slice.ts';
import { applyPriorities } from '../../domain/changed-priorities.ts';
import { contextOf, parseInstanceId } from '../../domain/ids/execution-id.ts';
import { unpack } from '../../domain/packed.ts';
import { outlineOptions, toOutlineTask, type OutlineTask } from '../../domain/plan/outline.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import { Scheduler } from '../../domain/scheduling/scheduler.ts';
import { WaveClock } from '../../domain/scheduling/wave-clock.ts';
import { noProgress } from '../../domain/turns/agent-turns.ts';
import { mayFollow, type SlicingRun } from '../../domain/turns/may-slice.ts';
import type { FrozenRun } from '../base/frozen-run.ts';

/** A task that may begin. */
export interface Following {
  task: OutlineTask;
  begin: BeginTask;
}

/** What becomes ready by the tasks of a slice: the run's scheduler goes on in it, and the workflow follows what it did. */
export class Followers {
  readonly #run: FrozenRun;
  readonly #scheduler: Scheduler;
  readonly #tasks: Map<string, OutlineTask>;
  readonly #heads: Map<string, string>;
  /** Phases of the tasks that it was given: only those have begun. */
  readonly #phases: Set<number | null>;
  /** What the workflow begins. */
  readonly #left = new Set<string>();
  readonly #waves: WaveClock;
  /** What is to be told of waves; what the store was told before changes nothing there. */
  #untold: RunEventDraft[] = [];
  readonly #slicing: SlicingRun;

  constructor(run: FrozenRun, { tasks }: Pick<SliceInput, 'tasks'>, follow: SliceFollowers) {
    this.#run = run;
    const outline = run.plan.tasks.map((task) => toOutlineTask(task, 1));
    if (follow.priorities) applyPriorities(outline, follow.priorities);
    this.#tasks = new Map(outline.map((task) => [task.id, task]));
    const { states, ...snapshot } = follow.scheduler;
    const entries = unpack(states).map((state, index) => [outline[index]!.id, state] as const);
    this.#scheduler = Scheduler.from({ ...snapshot, tasks: outline, states: Object.fromEntries(entries) });
    this.#scheduler.maxParallel = this.#scheduler.runningCount - tasks.length + follow.slots;
    const { agents, phases, isolation } = run.plan;
    const quick = new Set(follow.agents);
    const known = Object.values(agents).map(
      (agent) => [agent.name, { ...agent, isQuick: quick.has(agent.name) }] as const,
    );
    this.#slicing = { agents: Object.fromEntries(known), phases, ...(isolation && { isolation }) };
    this.#heads = new Map(Object.entries(follow.heads));
    this.#phases = new Set(tasks.map(({ taskId }) => this.#taskOf(taskId).phase));
    this.#waves = new WaveClock(outline, this.#scheduler, (event) => this.#untold.push(event));
    for (const { taskId } of tasks) this.#waves.start(parseInstanceId(taskId).task);
  }

  /** What may begin now, with what is told of it and of what has ended. */
  step(): { ready: Following[]; events: RunEventDraft[] } {
    const ready = this.#next();
    for (const { task } of ready) this.#waves.start(task.id);
    this.#waves.look();
    return { ready, events: this.#untold.splice(0) };
  }

  #next(): Following[] {
    return this.#scheduler.next().start.flatMap(({ id, epoch }) => {
      const task = this.#taskOf(id);
      // What is done anew has attempts that the workflow counts.
      const isOurs = !this.#left.has(id) && epoch === 0 && this.#phases.has(task.phase);
      return isOurs && mayFollow(task, this.#slicing) ? [{ task, begin: this.#toBegin(id, task) }] : [];
    });
  }

  begin(id: string): void {
    this.#scheduler.begin(id);
  }

  /** The workflow begins this one, or does not: what depends on it is not ready here. */
  leave(id: string): void {
    this.#left.add(id);
  }

  end(id: string, { context, head }: { context: string; head: string | null }): void {
    if (head !== null) this.#heads.set(context, head);
    this.#scheduler.end(id, 'succeeded');
  }

  attemptOf({ task, begin: { id, head } }: Following): SlicedAttempt {
    const { agent } = task;
    const { timeoutMs } = outlineOptions(task);
    const state = { progress: noProgress<OutlineTask>(head), head, prompt: 'task' as const, history: [], repairs: 0 };
    return {
      ...{
        taskId: id,
        attempt: 1,
        agent,
        context: this.#contextOf(id),
        maxTurns: this.#run.plan.agents[agent]!.maxTurns,
      },
      ...{ timeoutMs, startedAt: Date.now(), waitedMs: 0, state },
    };
  }

  #toBegin(id: string, task: OutlineTask): BeginTask {
    const head = this.#heads.get(contextOf(task, parseInstanceId(id).item)) ?? null;
    return { ...parseInstanceId(id), id, epoch: 0, head };
  }

  #contextOf(id: string): string {
    return contextOf(this.#taskOf(id), parseInstanceId(id).item);
  }

  #taskOf(id: string): OutlineTask {
    return this.#tasks.get(parseInstanceId(id).task)!;
  }
}

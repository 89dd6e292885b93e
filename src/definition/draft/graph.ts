import type { PlanDependency } from '../../domain/plan/plan.ts';
import { findCycle, topologicalOrder } from '../../domain/plan/task-graph.ts';
import type { NameIndex } from './read-expressions.ts';
import { nameIndex } from './read-expressions.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { quoted } from '../source/diagnostic.ts';
import type { Draft, DraftDependency, DraftTask } from './draft.ts';
import type { SourceDocument } from '../source/source-document.ts';
import { Walks } from './graph-walks.ts';

/** Who waits for whom. Tasks are named by their index in the draft. */
export interface PlanGraph {
  /** Each task after everything that it waits for. */
  order: number[];
  /** Edges of each task, those of contexts included. */
  edges: PlanDependency[][];
  diagnostics: Diagnostic[];
  /** Whether a task has surely ended when another one starts. Quick when asked for the same `task` several times, the others below for the same `other`. */
  hasEndedBefore(task: number, other: number): boolean;
  /** Whether a task waits for another one, be it as one of several of which some are enough. */
  waitsFor(task: number, other: number): boolean;
  /** Whether the end of a phase waits for a task, in the same way. */
  phaseWaitsFor(phase: number, other: number): boolean;
  /** Whether a task begins only when a phase has ended. */
  beginsAfterPhase(task: number, phase: number): boolean;
  /** Whether all that a task waits for is surely waited for by the other one, too: then that one cannot have ended when this one may start. */
  isReadyNoLater(task: number, other: number): boolean;
}

/** Names of the tasks of a draft, and ids of tasks that are there already. */
export interface GraphNames {
  names: readonly { id: string; context: string }[];
  existing?: readonly string[];
}

const mostRings = 10;

/** Builds the graph of a draft: what the user wrote, the order of phases, and one task at a time in each context. */
export function buildGraph(document: SourceDocument, draft: Draft, names: GraphNames): PlanGraph {
  return new GraphBuilder(document, draft, names).build();
}

/** Nodes are `0`, `1`, … for tasks and `phase 0`, … for the ends of phases. */
class GraphBuilder implements PlanGraph {
  readonly order: number[] = [];
  readonly edges: PlanDependency[][];
  readonly diagnostics: Diagnostic[] = [];
  readonly #document: SourceDocument;
  readonly #draft: Draft;
  readonly #names: GraphNames;
  readonly #byId = new Map<string, number>();
  readonly #known: NameIndex;
  /** Every edge: what may not form a ring. */
  readonly #all = new Map<string, string[]>();
  /** Edges that are waited for in any case: without those of a `join` that needs only some. */
  readonly #sure: number[][];
  /** Every edge, backwards: who waits for whom. */
  readonly #waiters: number[][];
  /** Where the user wrote an edge. */
  readonly #written = new Map<string, DraftDependency>();
  readonly #sureWalks: Walks;
  readonly #waiterWalks: Walks;

  constructor(document: SourceDocument, draft: Draft, names: GraphNames) {
    this.#document = document;
    this.#draft = draft;
    this.#names = names;
    this.edges = draft.tasks.map(() => []);
    this.#sure = [...draft.tasks, ...draft.phases].map(() => []);
    this.#waiters = this.#sure.map(() => []);
    this.#sureWalks = new Walks(this.#sure);
    this.#waiterWalks = new Walks(this.#waiters);
    this.#known = nameIndex([...(names.existing ?? []), ...names.names.map(({ id }) => id)]);
    for (const [index, { id }] of names.names.entries()) if (!this.#byId.has(id)) this.#byId.set(id, index);
  }

  build(): PlanGraph {
    this.#addPhases();
    for (const [index, task] of this.#draft.tasks.entries()) this.#addTask(index, task);
    this.#reportRings();
    this.order.push(...topologicalOrder(this.#all).filter(isTask).map(Number));
    this.#serialiseContexts();
    return this;
  }

  hasEndedBefore(task: number, other: number): boolean {
    return this.#sureWalks.isReached(task, other);
  }

  waitsFor(task: number, other: number): boolean {
    return this.#waiterWalks.isReached(other, task);
  }

  phaseWaitsFor(phase: number, other: number): boolean {
    return this.#waiterWalks.isReached(other, this.#phaseIndex(phase));
  }

  beginsAfterPhase(task: number, phase: number): boolean {
    return this.#sureWalks.isReached(task, this.#phaseIndex(phase));
  }

  isReadyNoLater(task: number, other: number): boolean {
    const { phase } = this.#draft.tasks[task]!;
    // Whoever waits for all tasks of a phase waits for its end.
    const isWaitedFor = (node: number): boolean =>
      this.#sureWalks.isReached(other, node) ||
      (node >= this.#draft.tasks.length && this.#sure[node]!.every((part) => isWaitedFor(part)));
    return (
      (phase === null || phase === 0 || isWaitedFor(this.#phaseIndex(phase - 1))) &&
      this.edges[task]!.every(({ task: id }) => {
        const index = this.#byId.get(id);
        return index === undefined ? this.edges[other]!.some((edge) => edge.task === id) : isWaitedFor(index);
      })
    );
  }

  #addPhases(): void {
    for (const index of this.#draft.phases.keys()) {
      const members = [...this.#draft.tasks.entries()].filter(([, { phase }]) => phase === index);
      const nodes = members.map(([task]) => String(task));
      const before = index === 0 ? [] : [phaseNode(index - 1)];
      this.#all.set(phaseNode(index), [...nodes, ...before]);
      for (const [task] of members) this.#addWay(this.#phaseIndex(index), task);
      if (index > 0) this.#addWay(this.#phaseIndex(index), this.#phaseIndex(index - 1));
      if (this.#draft.phases[index]!.isParallel) continue;
      for (const [at, [task]] of members.entries()) {
        const previous = members[at - 1]?.[0];
        if (previous !== undefined) this.#edge(task, previous, { on: 'any_end', from: 'sequence' });
      }
    }
  }

  #addTask(index: number, task: DraftTask): void {
    const all = this.#nodesOf(index);
    if (task.phase !== null && task.phase > 0) {
      all.push(phaseNode(task.phase - 1));
      this.#addWay(index, this.#phaseIndex(task.phase - 1));
    }
    for (const dependency of task.dependencies) this.#addWritten(index, task, dependency);
    this.#checkJoin(task);
  }

  #addWritten(index: number, task: DraftTask, dependency: DraftDependency): void {
    const { task: id, on, path } = dependency;
    const target = this.#byId.get(id);
    if (target === undefined) {
      if (this.#names.existing?.includes(id)) this.edges[index]!.push({ task: id, on, from: 'explicit' });
      else {
        const message = `there is no task ${quoted(id)}`;
        const hint = this.#known.hintFor(id);
        this.diagnostics.push(this.#document.diagnostic(path, { code: 'unknown-task', message, hint }));
      }
      return;
    }
    const reason = this.#whyNever(index, target, task);
    if (reason !== null) {
      const message = `the task ${quoted(this.#idOf(index))} can never start: ${reason}`;
      this.diagnostics.push(this.#document.diagnostic(path, { code: 'unreachable-task', message }));
      return;
    }
    this.#written.set(`${index} ${target}`, dependency);
    this.#edge(index, target, { on, from: 'explicit' }, task.join === 'all');
  }

  #whyNever(index: number, target: number, { phase }: DraftTask): string | null {
    if (target === index) return 'it depends on itself';
    const other = this.#draft.tasks[target]!;
    if (phase === null || other.phase === null) return null;
    const name = quoted(this.#idOf(target));
    if (other.phase > phase) {
      return `it depends on ${name} of the phase ${this.#phaseName(other.phase)}, which begins when this one's phase has ended`;
    }
    const isSequence = other.phase === phase && !this.#draft.phases[phase]!.isParallel;
    return isSequence && target > index ? `it depends on ${name}, which comes after it in a sequential phase` : null;
  }

  #checkJoin({ join, dependencies, path }: DraftTask): void {
    const needed = join === 'all' ? 0 : join === 'any' ? 1 : join.quorum;
    if (needed <= dependencies.length) return;
    const place = typeof join === 'object' ? [...path, 'join', 'quorum'] : [...path, 'join'];
    const message = `the task can never start: it needs ${needed} of ${dependencies.length} dependencies`;
    this.diagnostics.push(this.#document.diagnostic(place, { code: 'unreachable-task', message }));
  }

  /** Each ring is reported where the user wrote one of its edges, which is then left out so that the next one shows. */
  #reportRings(): void {
    for (let ring = findCycle(this.#all); ring; ring = findCycle(this.#all)) {
      const steps = ring.slice(1).map((to, at): [string, string] => [ring![at]!, to]);
      const step = steps.find(([from, to]) => this.#written.has(`${from} ${to}`)) ?? steps[0]!;
      if (this.diagnostics.filter(({ code }) => code === 'cycle').length < mostRings) {
        const path = this.#written.get(step.join(' '))?.path ?? [];
        const message = `tasks wait for each other: ${startingAt(ring, step[0])
          .map((node) => this.#nameOf(node))
          .join(' → ')}`;
        const hint = 'an arrow means "waits for": leave one of them out';
        this.diagnostics.push(this.#document.diagnostic(path, { code: 'cycle', message, hint }));
      }
      this.#all.set(
        step[0],
        this.#all.get(step[0])!.filter((to) => to !== step[1]),
      );
    }
  }

  /** Tasks of one context continue it one at a time, in the order of the plan: that order has no ring, so neither have these edges. */
  #serialiseContexts(): void {
    const last = new Map<string, number>();
    for (const index of this.order) {
      const { context } = this.#names.names[index]!;
      const previous = last.get(context);
      last.set(context, index);
      if (previous === undefined || this.#sureWalks.isReached(index, previous)) continue;
      this.#edge(index, previous, { on: 'any_end', from: 'context' });
      const { path } = this.#draft.tasks[index]!;
      const message = `the context ${quoted(context)} is used twice at the same time: these tasks run one after the other`;
      const what = {
        code: 'shared-context',
        message,
        hint: 'give each its own context_name',
        severity: 'warning',
      } as const;
      this.diagnostics.push(this.#document.diagnostic([...path, 'context_name'], what));
    }
  }

  #edge(from: number, to: number, how: Pick<PlanDependency, 'on' | 'from'>, isSure = true): void {
    this.edges[from]!.push({ task: this.#idOf(to), ...how });
    this.#nodesOf(from).push(String(to));
    this.#addWay(from, to, isSure);
  }

  #addWay(from: number, to: number, isSure = true): void {
    this.#waiters[to]!.push(from);
    this.#waiterWalks.forget();
    if (!isSure) return;
    this.#sure[from]!.push(to);
    this.#sureWalks.forget();
  }

  #nodesOf(task: number): string[] {
    const found = this.#all.get(String(task)) ?? [];
    this.#all.set(String(task), found);
    return found;
  }

  #phaseIndex(phase: number): number {
    return this.#draft.tasks.length + phase;
  }

  #idOf(task: number): string {
    return this.#names.names[task]!.id;
  }

  #nameOf(node: string): string {
    return isTask(node) ? this.#idOf(Number(node)) : `the end of phase ${this.#phaseName(Number(node.slice(6)))}`;
  }

  #phaseName(phase: number): string {
    return quoted(this.#draft.phases[phase]?.name ?? String(phase + 1));
  }
}

/** The same ring from another of its nodes on. */
function startingAt(ring: readonly string[], node: string): string[] {
  const once = ring.slice(1);
  const at = once.indexOf(node);
  return [...once.slice(at), ...once.slice(0, at + 1)];
}

function phaseNode(phase: number): string {
  return `phase ${phase}`;
}

function isTask(node: string): boolean {
  return !node.startsWith('phase');
}

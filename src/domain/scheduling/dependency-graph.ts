import type { PhaseGate } from './phase-gates.ts';
import { PhaseGates } from './phase-gates.ts';
import { hasReached, isMet, neededOf, parentOutcome } from './edge-rules.ts';
import type { Edge, EdgeLevel, NodeState, SchedulableTask, TaskNode } from './task-node.ts';
import { createNode, hasBegun, newState, sumOfItems, sumOfMembers } from './task-node.ts';

/*
 * Keeps, for each task, how many of its dependencies are met, out of reach or ended, as other tasks end and are opened again.
 *
 * I1. A task's own executions end first (`ownOutcome`), then its members and its loop (`outcome`), then the loop of its phase (`isFinal`).
 * I2. An edge is counted from the moment its source reaches the edge's level until the source is opened again.
 * I3. Everything here follows from the saved states, so that a restored graph decides alike.
 */

/** A loop of which an iteration has just ended. */
export type EndedLoop = TaskNode | PhaseGate;

/** Tasks and edges of a run, and what can still come of each. */
export class DependencyGraph {
  readonly nodes: TaskNode[] = [];
  readonly byId = new Map<string, TaskNode>();
  readonly gates: PhaseGates;
  /** Loops whose condition has to be asked for. */
  readonly loops = new Set<EndedLoop>();
  /** Tasks that have not ended. */
  openCount = 0;
  /** Edges followed so far. */
  steps = 0;
  readonly #changed: (node: TaskNode) => void;

  constructor(phases: readonly { repeat: { max: number } | null }[], changed: (node: TaskNode) => void) {
    this.gates = new PhaseGates(phases);
    this.#changed = changed;
  }

  /** Adds a task without its edges: {@link link} and {@link evaluate} it once all those that it may name are there. */
  insert(task: SchedulableTask, parent: TaskNode['parent'], state: NodeState = newState()): TaskNode {
    if (this.byId.has(task.id)) throw new Error(`there is a task ${task.id} already`);
    const node = createNode(task, this.nodes.length, { parent, state });
    this.nodes.push(node);
    this.byId.set(task.id, node);
    const gate = this.#gateOf(node);
    gate?.nodes.push(node);
    if (!parent) this.gates.all[task.afterPhase ?? -1]?.waiters.push(node);
    parent?.node.members.push(node);
    this.#open(node);
    return node;
  }

  /** Makes the edges of a new task, and counts those whose source has ended. */
  link(node: TaskNode): void {
    for (const { task, on, from } of node.task.dependsOn) {
      const source = this.byId.get(task);
      const isImplied = from !== 'explicit';
      if (!source) {
        if (!isImplied) node.missing ??= task;
        continue;
      }
      const needsSuccess = !isImplied && on === 'all_success';
      const edge: Edge = { source, target: node, isImplied, needsSuccess, level: this.#levelOf(source, node) };
      source.outgoing.push(edge);
      if (isImplied) node.impliedCount++;
      else node.explicit.push(edge);
      if (hasReached(edge)) this.#count(edge, 1);
    }
  }

  /** Decides anew whether a task may begin. */
  evaluate(node: TaskNode): void {
    node.readiness = this.#readinessOf(node);
    this.#changed(node);
  }

  /** All executions of the task's newest iteration have ended. */
  endOwn(node: TaskNode): void {
    node.ownOutcome = sumOfItems(node);
    this.#notify(node, 'own', 1);
    this.close(node);
  }

  /** Ends the task's iteration, if nothing of it is open. */
  close(node: TaskNode): void {
    if (node.ownOutcome === null || node.openMembers > 0 || node.outcome !== null) return;
    const outcome = sumOfMembers(node);
    const max = node.task.repeat?.max ?? 1;
    const asks = !node.state.isLoopOver && node.state.round < max && outcome !== 'skipped' && outcome !== 'cancelled';
    if (asks) this.loops.add(node);
    else this.#settle(node, outcome);
  }

  /** The loop of a phase is over, so that those outside may go on. */
  endPhase(gate: PhaseGate): void {
    gate.isOver = true;
    this.loops.delete(gate);
    for (const node of gate.nodes) this.#makeFinal(node);
    this.passPhases();
  }

  /** Lets those go on that wait for phases that have ended: once after tasks were added. */
  passPhases(): void {
    for (const waiter of this.gates.advance()) this.evaluate(waiter);
  }

  /** A task that had ended has something to do again; its own executions stay as they are. */
  reopen(node: TaskNode): void {
    this.loops.delete(node);
    if (node.isFinal) this.#notify(node, 'final', -1);
    node.isFinal = false;
    if (node.outcome === null) return;
    this.#notify(node, 'whole', -1);
    node.outcome = null;
    this.#open(node);
  }

  /** The task's own executions are to be done anew. */
  reopenOwn(node: TaskNode): void {
    if (node.ownOutcome !== null) this.#notify(node, 'own', -1);
    node.ownOutcome = null;
  }

  #open(node: TaskNode): void {
    this.openCount++;
    const gate = this.#gateOf(node);
    if (gate) {
      gate.open++;
      this.#reopenPhase(gate);
      for (const waiter of this.gates.goBack(gate.index)) this.evaluate(waiter);
    }
    const parent = node.parent?.node;
    if (!parent || node.state.isDetached) return;
    parent.openMembers++;
    this.reopen(parent);
  }

  #reopenPhase(gate: PhaseGate): void {
    this.loops.delete(gate);
    if (!gate.isOver) return;
    gate.isOver = false;
    for (const node of gate.nodes) {
      if (node.isFinal) this.#notify(node, 'final', -1);
      node.isFinal = false;
    }
  }

  #settle(node: TaskNode, outcome: TaskNode['outcome']): void {
    node.outcome = outcome;
    this.openCount--;
    this.#notify(node, 'whole', 1);
    const gate = this.#gateOf(node);
    if (gate) gate.open--;
    if (!gate || gate.max === null || gate.isOver) this.#makeFinal(node);
    if (node.parent && !node.state.isDetached) {
      node.parent.node.openMembers--;
      this.close(node.parent.node);
    }
    if (gate?.open === 0) this.#closePhase(gate);
  }

  #closePhase(gate: PhaseGate): void {
    if (gate.max === null) return this.passPhases();
    // An iteration in which nothing ran changes nothing, so the next one would not either.
    const ran = gate.nodes.some(
      ({ state, outcome }) => !state.isDetached && outcome !== 'skipped' && outcome !== 'cancelled',
    );
    if (!gate.isOver && ran && gate.iteration < gate.max) this.loops.add(gate);
    else this.endPhase(gate);
  }

  #makeFinal(node: TaskNode): void {
    if (node.isFinal) return;
    node.isFinal = true;
    this.#notify(node, 'final', 1);
  }

  #notify(source: TaskNode, level: EdgeLevel, sign: 1 | -1): void {
    for (const edge of source.outgoing) {
      this.steps++;
      if (edge.level !== level) continue;
      this.#count(edge, sign);
      this.evaluate(edge.target);
    }
  }

  /** I2. */
  #count(edge: Edge, sign: 1 | -1): void {
    if (edge.isImplied) edge.target.impliedEnded += sign;
    else if (isMet(edge)) edge.target.met += sign;
    else edge.target.dead += sign;
  }

  #readinessOf(node: TaskNode): TaskNode['readiness'] {
    this.steps++;
    if (hasBegun(node)) return 'begun';
    const total = node.explicit.length + (node.missing === null ? 0 : 1);
    const needed = neededOf(node, total);
    const dead = node.dead + (node.missing === null ? 0 : 1);
    const parent = parentOutcome(node);
    if (total - dead < needed || parent === 'lost') return 'doomed';
    const { passed } = this.gates;
    const isFree = node.parent !== null || passed > (node.task.afterPhase ?? -1);
    return isFree && parent === 'met' && node.met >= needed && node.impliedEnded === node.impliedCount
      ? 'ready'
      : 'blocked';
  }

  #gateOf(node: TaskNode): PhaseGate | undefined {
    return node.phase === null ? undefined : this.gates.all[node.phase];
  }

  #levelOf(source: TaskNode, target: TaskNode): EdgeLevel {
    for (let above = target.parent; above; above = above.node.parent) if (above.node === source) return 'own';
    const loops = (this.#gateOf(source)?.max ?? null) !== null;
    return loops && source.phase !== target.phase ? 'final' : 'whole';
  }
}

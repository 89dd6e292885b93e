import type { TaskNode } from './task-node.ts';

/** A phase in the scheduler. */
export interface PhaseGate {
  readonly index: number;
  readonly max: number | null;
  iteration: number;
  /** Its loop is over; without a loop never set. */
  isOver: boolean;
  /** Tasks of it that have not ended. */
  open: number;
  readonly nodes: TaskNode[];
  /** Tasks that wait for the end of this phase and of those before. */
  readonly waiters: TaskNode[];
}

/** Knows up to which phase everything has ended, so that nobody has to look at all of them. */
export class PhaseGates {
  readonly all: readonly PhaseGate[];
  /** Number of phases, from the first on, that have ended. */
  passed = 0;

  constructor(phases: readonly { repeat: { max: number } | null }[]) {
    this.all = phases.map(({ repeat }, index) => {
      return { index, max: repeat?.max ?? null, iteration: 1, isOver: false, open: 0, nodes: [], waiters: [] };
    });
  }

  /** Passes every phase that has ended by now; returns the tasks that waited for one of them. */
  advance(): TaskNode[] {
    const released: TaskNode[] = [];
    for (let phase = this.all[this.passed]; phase && hasPassed(phase); phase = this.all[this.passed]) {
      released.push(...phase.waiters);
      this.passed++;
    }
    return released;
  }

  /** A phase has something to do again; returns the tasks that must wait again. */
  goBack(index: number): TaskNode[] {
    if (index >= this.passed) return [];
    const held = this.all.slice(index, this.passed).flatMap(({ waiters }) => waiters);
    this.passed = index;
    return held;
  }
}

function hasPassed({ open, max, isOver, nodes }: PhaseGate): boolean {
  return open === 0 && (max === null || isOver || nodes.length === 0);
}

/** What there is to see of a task besides its name: a bit each, see {@link marks}. */
export const marks = {
  workflow: 1,
  tool: 2,
  script: 4,
  forEach: 8,
  repeat: 16,
  planner: 32,
  approval: 64,
  condition: 128,
  added: 256,
} as const;

/**
 * A task of a {@link Picture}; `box` is the one that it stands in, `phase` -1: outside of phases, `agent` an index into `agents`, `needs` one into
 * `needs`, `marks` of {@link marks}.
 */
type PictureTask = [id: string, box: number, phase: number, agent: number, needs: number, marks: number];

/** A box of a {@link Picture}, by its upper left corner. Without a title it is its only task. */
type PictureBox = [x: number, y: number, title: string];

/** Why a line is there: the user wrote it, the order of a phase, or the same conversation. */
export const lineKinds = ['explicit', 'sequence', 'context'] as const;

/** A line between two boxes: `from`, `to`, an index into {@link lineKinds}, then x and y of each free place between boxes that it goes through from left to right. */
export type PictureLine = [from: number, to: number, kind: number, ...through: number[]];

/** A phase of a {@link Picture}, from its first box to its last one. */
export interface PicturePhase {
  name: string;
  executionMode: 'sequential' | 'parallel';
  x: number;
  width: number;
}

/**
 * Where everything stands in the graph of a plan, or of a run so far: lists and places in them instead of objects, as there may be 5,000 tasks.
 *
 * Lengths are in CSS pixels at full size. Nothing here changes while a run goes on but that tasks come to the end: how they stand is told by
 * the run's events.
 */
export interface Picture {
  width: number;
  height: number;
  /** Size of every box. */
  box: { width: number; height: number };
  phases: PicturePhase[];
  agents: string[];
  /** Lists of tasks that have to end before: the first one is empty. */
  needs: number[][];
  tasks: PictureTask[];
  boxes: PictureBox[];
  lines: PictureLine[];
  /** The longest way through the plan, by tasks: what it takes at least. */
  path: number[];
}

/** Sizes of a picture. Between waves there is room for lines, between columns of one wave there is not. */
export const pictureSizes = {
  box: { width: 208, height: 56 },
  rowGap: 16,
  columnGap: 24,
  waveGap: 96,
  /** Height of a line that goes past boxes. */
  passing: 12,
} as const;

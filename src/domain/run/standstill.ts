/*
 * What a machine that stands still may cost. A stopped process, a laptop that sleeps and a machine with twenty times its work look alike
 * from outside: nothing comes for a while. Up to about twelve seconds of that must cost time, and nothing else.
 *
 * Q1 A workflow task that times out is taken from its beginning again, so its limit is longer than any standstill. Not much longer:
 *    a worker that keeps no workflow in memory forgets a workflow task now and then (SDK 1.24), and the run stands until it times out,
 *    which must be before somebody who asked it something gives up.
 * Q2 Nothing is local to a workflow task for long. At four fifths of the limit the SDK asks for another workflow task, and what is local
 *    then is given to the workflow in another order than its history says: such a run does not replay (SDK 1.24, docs/decisions/0028).
 * Q3 An activity is given up only when its worker was silent for longer than any standstill: its call would be paid for twice.
 * Q4 A tool whose run was ended goes on for as long as its worker stands still and hears nothing of that: nothing is undone before.
 */

/** Longest workflow task of every workflow of ours (Q1). */
export const workflowTaskTimeout = '15 s';

/** Longest computation of workflow code at once: a long history that is replayed on a crowded machine. */
export const longestComputation = '60 s';

/** Longest step inside of a workflow task, standstill included (Q2). */
export const localStepTimeout = '10 s';

/** A step inside of a workflow task that took so many ms makes the next one an ordinary activity (Q2). */
export const slowStepMs = 3000;

/** How often, in ms, an activity at work tells Temporal of itself, and hears what that says, where nobody has it do so. */
export const heartbeatMs = 30_000;

/** Longest silence of an activity (Q3): three heartbeats are missing. A worker that dies is missed by its lease, long before. */
export const heartbeatTimeout = '2 m';

/** How long, in ms, a tool that was cut off may still be at work (Q4). */
export const cutOffToolMs = 15_000;

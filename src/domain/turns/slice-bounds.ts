/** How many tasks that are ready go to one worker at once: several share a wide run. */
export const mostAtOnce = 32;

/** How long a slice goes on when nothing new begins in it, in ms. */
export const quietMs = 10_000;

/** How long a slice begins new turns at most, in ms: well below the time after which its worker is taken to have lost it. */
export const longestSliceMs = 300_000;

/** How many turns it takes at most. */
export const mostTurns = 400;

/** A task of more turns than that goes on in a workflow of its own. */
export const mostSlicedTurns = 20;

/** A task whose turns take longer than that, in ms, goes on in a workflow of its own: who shares a slice with it would wait for it. */
export const slowTurnMs = 5000;

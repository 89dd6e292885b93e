/** Longest prompt of a script, in characters: one value in a history has at most 2 MB. */
export const longestPrompt = 500_000;

/** Longest reason why a call gave no answer, in characters: a run that goes on as new carries those of all of its calls. */
export const longestReason = 300;

/** Longest value that a script may return, in characters of JSON: it is kept and shown like an answer. */
export const longestReturn = 500_000;

/** Most that all answers of a run's script have together, in characters: each execution of the run is given them all. */
export const mostAnswers = 16_000_000;

/** Timers that fire in the run of a script. */
export const mostTimers = 10_000;

/** Lines that a script may write, and phases that it may name; what comes after them is not told. */
export const mostTold = 2000;

/** Longest line, in characters. */
export const longestLine = 2000;

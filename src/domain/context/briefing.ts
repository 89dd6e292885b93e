/** What of a dependency's result its follower begins with: a summary, the whole result, the whole conversation that led to it, or nothing. */
export const passes = ['summary', 'output', 'full', 'none'] as const;

/** One of {@link passes}. */
export type Pass = (typeof passes)[number];

/** Words for {@link ContextStrategy}. */
export const strategies = ['isolated', 'shared', 'hierarchical'] as const;

/** What contexts know of each other: nothing but what is passed on; notes that all share; or what led to their task being added. */
export type ContextStrategy = (typeof strategies)[number];

/** How tasks of a run are told of others. */
export interface Briefing {
  /** Where neither task nor dependency says it. */
  pass: Pass;
  /** Tokens of a summary that is passed on. */
  passTokens: number;
  /** Tokens of the notes that a task with a shared context begins with; a quarter of that each turn. */
  noteTokens: number;
}

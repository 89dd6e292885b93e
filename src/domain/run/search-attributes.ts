/** What lists of runs can be filtered by, with Temporal's names of types. Only what is written. */
export const searchAttributes = {
  GafferWorkflow: 'Keyword',
  GafferStatus: 'Keyword',
  GafferPhase: 'Keyword',
  GafferAgent: 'KeywordList',
  GafferTokens: 'Int',
  GafferCostUsd: 'Double',
  GafferGrade: 'Keyword',
} as const;

/** Name of a search attribute of ours. */
export type SearchAttribute = keyof typeof searchAttributes;

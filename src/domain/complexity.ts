/** How hard a piece of work is, and so which model it gets where a plan leaves that open. */
export type Complexity = 'simple' | 'moderate' | 'complex';

/** From the least to the most. */
export const complexities = ['simple', 'moderate', 'complex'] as const satisfies readonly Complexity[];

/** Which model does work of which complexity; `provider` is left out as in an agent. */
export type ModelTiers = Record<Complexity, { model: string; provider?: string }>;

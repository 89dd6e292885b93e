import type { Briefing } from './briefing.ts';

/** How a plan keeps its conversations. */
export interface PlanContext {
  /** A longer conversation goes down to half of it. */
  maxMessages: number;
  /** Above it a conversation is sent without old results; plans of before do not have it: only where the provider refuses. */
  pruneAtTokens?: number;
  /** So many tokens stand for messages that are left out, written by `model` if there is one; plans of before do not have it: nothing does. */
  gist?: { tokens: number; model?: string; provider?: string };
  /** What contexts know of each other where a task does not say it; not there: nothing but what is passed on. Nobody acts on it without `briefing`. */
  strategy?: 'shared' | 'hierarchical';
  /** How tasks are told of others; plans of before do not have it: they are not. */
  briefing?: Briefing;
}

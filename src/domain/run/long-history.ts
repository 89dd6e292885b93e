/*
 * How long the history of a workflow may become. Whoever takes a workflow up anew goes through all of it, at about 1.2 ms of CPU an event on a
 * quiet machine and twice that on a crowded one (docs/decisions/0009), and nobody gets an answer before that.
 *
 * Temporal's own limits on an execution are further away, as all that counts to them is an event or several: 2,000 updates, 10,000 signals,
 * 51,200 events, 50 MB. Where an operator has set them nearer, the server suggests to go on as new, and is heard.
 */

/** What Temporal tells of a history as it stands: events, bytes, and whether the server wants it to end. */
export interface HistoryLength {
  historyLength: number;
  historySize: number;
  continueAsNewSuggested: boolean;
}

/** A length, reached by events or by bytes. */
interface Mark {
  events: number;
  bytes: number;
}

/** When a workflow goes on as new. */
export interface HistoryLimits {
  /** As soon as nothing is lost by it. */
  long: Mark;
  /** It holds everything back until it can. */
  hard: Mark;
  /** Whether the server is heard. */
  isAdvised: boolean;
}

/** Of every workflow: 1.2 s of CPU to go through it, and never more than 2 s. */
export const historyLimits: HistoryLimits = {
  long: { events: 1000, bytes: 4_000_000 },
  hard: { events: 1500, bytes: 8_000_000 },
  isAdvised: true,
};

/** Of runs that moved before runs moved while they wait: their histories are gone through as they were made. */
export const formerHistoryLimits: HistoryLimits = {
  long: { events: 8000, bytes: 8_000_000 },
  hard: { events: 30_001, bytes: 30_000_001 },
  isAdvised: false,
};

/** What is under way and becomes events before its workflow can go on as new. */
export interface Outstanding {
  /** Steps that are waited for. */
  steps: number;
  /** Children that are told by signal before it. */
  children: number;
}

/** The same history once that has come in: a step begins and ends, a signal is asked for and sent, in a workflow task now and then. */
export function withOutstanding<History extends HistoryLength>(
  history: History,
  { steps, children }: Outstanding,
): History {
  return { ...history, historyLength: history.historyLength + 2 * steps + 3 * children };
}

/** Whether it is time to go on as new. */
export function isLong(history: HistoryLength, { long, isAdvised }: HistoryLimits): boolean {
  return hasReached(history, long) || (isAdvised && history.continueAsNewSuggested);
}

/** Whether nothing may keep it any longer. */
export function isTooLong(history: HistoryLength, { hard }: HistoryLimits): boolean {
  return hasReached(history, hard);
}

function hasReached({ historyLength, historySize }: HistoryLength, { events, bytes }: Mark): boolean {
  return historyLength >= events || historySize >= bytes;
}

/** The same limits with other events for `long`; undefined: as they are. */
export function withEvents(limits: HistoryLimits, events: number | undefined): HistoryLimits {
  return events === undefined ? limits : { ...limits, long: { ...limits.long, events } };
}

import type { Client } from '@temporalio/client';
import { openPayload } from '../connection/open-payloads.ts';
import { readTimerSummary } from '../../domain/run/timer-words.ts';

type History = Awaited<ReturnType<Client['workflowService']['getWorkflowExecutionHistoryReverse']>>['history'];
type HistoryEvent = NonNullable<NonNullable<History>['events']>[number];

/** A shorter pause is not worth a word, in ms. */
const shortestMs = 5000;
/** How many of the latest events are looked through. */
const latestEvents = 100;

/** A task that stands still on purpose, and until when; the one that wakes first. */
export interface Resting {
  taskId: string;
  /** What it waits for; null: for its next attempt, after one that failed. */
  why: string | null;
  /** In ms since the epoch. */
  until: number;
  /** It waits for its turn: others hold the money back that it needs. */
  isQueued?: true;
}

/** Looks for a timer of the workflow with which a task waits. */
export async function findResting(
  client: Client,
  namespace: string,
  execution: { workflowId: string; runId: string },
): Promise<Resting | null> {
  const request = { namespace, execution, maximumPageSize: latestEvents };
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse(request);
  return restingIn(client, history?.events ?? [], Date.now());
}

/** The same, from a history's latest events in any order. `now` in ms since the epoch. */
async function restingIn(client: Client, events: readonly HistoryEvent[], now: number): Promise<Resting | null> {
  const isOver = new Set(
    events.flatMap(({ timerFiredEventAttributes: fired, timerCanceledEventAttributes: cancelled }) => {
      const id = (fired ?? cancelled)?.startedEventId;
      return id ? [String(id)] : [];
    }),
  );
  const resting: Resting[] = [];
  for (const event of events) {
    const timer = event.timerStartedEventAttributes;
    const summary = event.userMetadata?.summary;
    if (!timer || !summary || isOver.has(String(event.eventId))) continue;
    const lastsMs = toMs(timer.startToFireTimeout);
    const until = toMs(event.eventTime) + lastsMs;
    if (lastsMs < shortestMs || until <= now) continue;
    const told = readTimerSummary((await openPayload<string>(client, summary)) ?? '');
    if (told) resting.push({ ...told, until });
  }
  return resting.toSorted((a, b) => a.until - b.until)[0] ?? null;
}

function toMs(time: { seconds?: unknown; nanos?: number | null } | null | undefined): number {
  return Number(time?.seconds ?? 0) * 1000 + Math.floor((time?.nanos ?? 0) / 1e6);
}

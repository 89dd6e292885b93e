import type { RunEventBody } from '../run/run-events.ts';

/** Kinds of event that a webhook can be told of: what somebody outside may want to act on. What agents say and do call by call is read as a stream. */
export const webhookEvents = [
  ...(['workflow:start', 'workflow:results', 'workflow:error', 'phase:start', 'phase:complete'] as const),
  ...(['task:start', 'task:complete', 'task:error', 'task:skipped', 'task:waiting', 'task:resumed'] as const),
  ...(['approval:requested', 'approval:reminder', 'approval:escalated', 'approval:decided'] as const),
  ...(['approval:expired', 'blocker:raised', 'blocker:resolved', 'budget:warning', 'budget:exceeded'] as const),
  ...(['run:paused', 'run:waiting', 'run:resumed', 'run:cancelled', 'run:limits', 'run:priority'] as const),
  ...(['run:rolled-back', 'run:merged', 'run:evaluated', 'issue:created', 'issue:claimed'] as const),
  ...(['issue:blocked', 'issue:unblocked', 'issue:closed', 'compensation:start', 'compensation:complete'] as const),
  ...(['compensation:error'] as const),
] as const satisfies readonly RunEventBody['type'][];

/** One of {@link webhookEvents}. */
export type WebhookEvent = (typeof webhookEvents)[number];

/** A run's end: what a callback is told of. */
export const endEvents: readonly WebhookEvent[] = ['workflow:results', 'workflow:error'];

/** What an endpoint is told of that names nothing: a run's end, and what a person is needed for. */
export const usualEvents: readonly WebhookEvent[] = [
  ...endEvents,
  ...(['approval:requested', 'blocker:raised', 'budget:exceeded'] as const),
];

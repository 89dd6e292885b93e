import { createRun } from '../../../src/http-client/http-run.ts';
import { runPath } from '../../../src/http-client/run-path.ts';
import { followRun, type FollowHooks } from '../../../src/http-client/follow-run.ts';
import type { Transport } from '../../../src/http-client/transport.ts';
import type { RunEvent } from '../../../src/domain/run/run-events.ts';
import type { RunState } from '../../../src/domain/run/run-state.ts';
import type { LiveStanding, LiveView } from './live-run.ts';

/** A part of a story. `next`: behind which number it goes on. */
interface EventPage {
  events: RunEvent[];
  next: number;
  isOver: boolean;
}

/** Where what a page knows of a run comes from. */
export interface RunSource {
  state(): Promise<RunState>;
  view(signal: AbortSignal): Promise<LiveView>;
  standing(signal: AbortSignal): Promise<LiveStanding>;
  /** Events above a number, oldest first, at most 1,000. */
  events(after: number, limit: number, signal?: AbortSignal): Promise<EventPage>;
  follow(after: number, signal: AbortSignal, hooks: FollowHooks): AsyncIterable<RunEvent>;
}

/** A run of the service. */
export function createRunSource(transport: Transport, id: string): RunSource {
  const get = async <Answer>(part: string, signal: AbortSignal | undefined, query = {}): Promise<Answer> =>
    (await transport.json<Answer>({ path: `${runPath(id)}${part}`, query, signal })).answer;
  return {
    // Async, as nothing can be called by some ids.
    state: async () => createRun(transport, { id, runKey: '' }).state(),
    view: (signal) => get<LiveView>('', signal, { tasks: false }),
    standing: (signal) => get<LiveStanding>('/standing', signal),
    events: (after, limit, signal) => get<EventPage>('/events', signal, { after, limit }),
    follow: (after, signal, hooks) => followRun(transport, `${runPath(id)}/events`, { after, signal, ...hooks }),
  };
}

import { foldRun } from '../../../src/domain/analysis/fold-run.ts';
import type { AgentDelta } from '../../../src/domain/conversation/agent-delta.ts';
import type { RunView } from '../../../src/client/run-view.ts';
import type { RunEvent } from '../../../src/domain/run/run-events.ts';
import { emptyRunState, hasEnded, type RunState } from '../../../src/domain/run/run-state.ts';

/*
 * What a page knows of a run, and how it grows:
 *
 * L1 The state is what the domain's reducer makes of the events: no rule of it stands here.
 * L2 What did not change is the same object as before, so that whoever shows it need not be drawn anew.
 * L3 Text of a model is no past: it stands for an answer that has not come. It goes with the answer, with another try, with the task's end.
 * L4 Only the newest events are kept here; older ones are asked for by whoever shows them.
 * L5 An event counts once, by its number, whether history or stream brought it, and in whatever order they did.
 */

/** How many events are kept. */
export const keptEvents = 1000;
/** Longest text of a call that is shown while it is written, in characters: of more its end. */
const longestText = 60_000;

/** What a model has said so far in a call that goes on. */
interface LiveText {
  call: string;
  agentName: string;
  attempt: number;
  turn: number;
  text: string;
  /** Characters of the answer so far, whether they came here or not. */
  length: number;
}

/** A run as one value, but for its tasks: `state` has those, and of thousands they are too much to be asked for again and again. */
export type LiveView = Omit<RunView, 'tasks'>;

/** What Temporal says of a run. */
export interface LiveStanding {
  status: string;
  /** Why nothing moves; null: it moves, or nobody knows. */
  stuck: string | null;
  /** Which calls wait for their turn. Left out: none. */
  held?: string;
  cutOff: { status: string; message: string } | null;
  /** Its page in the Temporal Web UI; null: none is known. */
  webUrl: string | null;
}

/**
 * How the page is connected: `connecting` until it knows the run, `live` while a stream stands, `away` while the service cannot be reached,
 * `over` where nothing comes any more.
 */
type Connection = 'connecting' | 'live' | 'away' | 'over';

/** A run as a page knows it. */
export interface LiveRun {
  id: string;
  /** Whether `state` was told at all. */
  isLoaded: boolean;
  state: RunState;
  /** The run as one value; null: it was not told yet. What changes often is newer in `state`. */
  view: LiveView | null;
  standing: LiveStanding | null;
  lastSeq: number;
  connection: Connection;
  /** The newest ones, oldest first: at most 1,000. */
  events: readonly RunEvent[];
  /** What models say right now, by the id of their task. */
  deltas: ReadonlyMap<string, LiveText>;
  /** Why no more can be told: it does not exist, was removed, or was cut off; null: nothing is in the way. */
  problem: Error | null;
}

/** A run of which nothing is known yet. */
export function unknownRun(id: string): LiveRun {
  return {
    ...{ id, isLoaded: false, state: emptyRunState, view: null, standing: null, lastSeq: 0 },
    ...{ connection: 'connecting', events: [], deltas: new Map(), problem: null },
  };
}

/** The run with a state that was told whole. An older one than is known changes nothing. */
export function withState(live: LiveRun, state: RunState): LiveRun {
  if (live.isLoaded && state.lastSeq <= live.lastSeq) return live;
  return { ...live, isLoaded: true, state, lastSeq: state.lastSeq };
}

/** The run with events that its state has already. What a history tells beyond the state comes with the stream, too. */
export function withHistory(live: LiveRun, history: readonly RunEvent[]): LiveRun {
  const events = merged(
    live.events,
    history.filter(({ seq }) => seq <= live.lastSeq),
  );
  return events === live.events ? live : { ...live, events };
}

// L5
function merged(known: readonly RunEvent[], more: readonly RunEvent[]): readonly RunEvent[] {
  const seqs = new Set(known.map(({ seq }) => seq));
  const fresh = more.filter(({ seq }) => !seqs.has(seq) && seqs.add(seq));
  if (fresh.length === 0) return known;
  return [...known, ...fresh].sort((one, other) => one.seq - other.seq).slice(-keptEvents);
}

/** What a stream brings. */
export type Arrival = RunEvent | AgentDelta;

/** The run after what came, in the order in which it came. */
export function withArrivals(live: LiveRun, arrivals: readonly Arrival[]): LiveRun {
  const events = arrivals.filter((each): each is RunEvent => each.type !== 'agent:delta');
  const fresh = events.filter(({ seq }) => seq > live.lastSeq);
  const deltas = withTexts(live.deltas, arrivals, live.lastSeq);
  if (fresh.length === 0) return deltas === live.deltas ? live : { ...live, deltas };
  // L1
  const state = foldRun(live.state, fresh);
  const open = hasEnded(state.status) && deltas.size > 0 ? new Map<string, LiveText>() : deltas;
  // Something moved.
  const standing = live.standing?.stuck ? { ...live.standing, stuck: null } : live.standing;
  return { ...live, state, lastSeq: state.lastSeq, events: merged(live.events, fresh), deltas: open, standing };
}

function withTexts(
  texts: LiveRun['deltas'],
  arrivals: readonly Arrival[],
  lastSeq: number,
): ReadonlyMap<string, LiveText> {
  let next: Map<string, LiveText> | null = null;
  for (const arrival of arrivals) {
    const known = (next ?? texts).get(taskOf(arrival));
    if (arrival.type === 'agent:delta') {
      const said = withDelta(known, arrival);
      if (said !== known) next = (next ?? new Map(texts)).set(arrival.taskId, said!);
    } else if (known && arrival.seq > lastSeq && endsText(known, arrival)) {
      next ??= new Map(texts);
      next.delete(taskOf(arrival));
    }
  }
  return next ?? texts;
}

function taskOf(arrival: Arrival): string {
  return 'taskId' in arrival ? arrival.taskId : '';
}

// L3
function withDelta(known: LiveText | undefined, delta: AgentDelta): LiveText | undefined {
  const { call, agentName, attempt, turn, offset, text } = delta;
  if (known && (attempt < known.attempt || (attempt === known.attempt && turn < known.turn))) return known;
  const length = offset + text.length;
  if (known?.call !== call) return { call, agentName, attempt, turn, length, text: joined('', offset > 0, text) };
  // What came twice.
  if (length <= known.length) return known;
  const isTorn = offset > known.length;
  return { ...known, length, text: joined(known.text, isTorn, text.slice(Math.max(0, known.length - offset))) };
}

function joined(before: string, isTorn: boolean, text: string): string {
  const whole = `${before}${isTorn ? ' … ' : ''}${text}`;
  return whole.length > longestText ? `… ${whole.slice(-longestText)}` : whole;
}

// L3
function endsText(known: LiveText, event: RunEvent): boolean {
  switch (event.type) {
    case 'agent:answer':
    case 'agent:broken':
      return event.turn >= known.turn;
    // A turn that is asked again.
    case 'agent:invoke':
      return event.turn > known.turn;
    case 'task:start':
      return event.attempt > known.attempt;
    case 'task:complete':
    case 'task:error':
    case 'task:skipped':
    case 'compensation:complete':
    case 'compensation:error':
      return true;
    default:
      return false;
  }
}

/** Whether two picks of a run say the same: themselves, or all that is in them, one level deep. */
export function isSamePick(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((each, index) => Object.is(each, other[index]));
  if (!isPlain(one) || !isPlain(other)) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => Object.is(one[key], other[key]));
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

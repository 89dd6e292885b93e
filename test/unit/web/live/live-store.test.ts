import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RunNotFoundError } from '../../../../src/client/errors.ts';
import type { RunView } from '../../../../src/client/run-view.ts';
import type { AgentDelta } from '../../../../src/domain/conversation/agent-delta.ts';
import { UnreachableError } from '../../../../src/domain/errors.ts';
import { isLastEvent, type RunEvent, type RunEventBody } from '../../../../src/domain/run/run-events.ts';
import { emptyRunState, reduceRun } from '../../../../src/domain/run/run-state.ts';
import type { FollowHooks } from '../../../../src/http-client/follow-run.ts';
import { LiveStore } from '../../../../web/src/live/live-store.ts';
import type { RunSource } from '../../../../web/src/live/run-source.ts';
import { numbered, startedRun } from '../../../support/run/event-stream.ts';

/** A service with one run: what it is told, its streams tell. */
class Service implements RunSource {
  events_: RunEvent[] = numbered(...startedRun(['a', 'b']));
  isAway = false;
  isRemoved = false;
  /** Streams stand, but nothing else is answered. */
  isOverloaded = false;
  /** How often the view cannot be asked for from now on. */
  lostViews = 0;
  mistake: Error | null = null;
  stuck: string | null = null;
  readonly followedFrom: number[] = [];
  standings = 0;
  views = 0;
  #wake = new Set<() => void>();

  tell(...bodies: RunEventBody[]): void {
    for (const body of bodies)
      this.events_.push({ ...body, seq: this.events_.length + 1, at: '2026-11-21T11:00:00.000Z' });
    this.#wakeAll();
  }
  say(delta: AgentDelta): void {
    for (const hooks of this.#hooks) hooks.onDelta?.(delta);
  }
  fail(how: Partial<Pick<Service, 'isAway' | 'isRemoved'>>): void {
    Object.assign(this, how);
    this.#wakeAll();
  }
  readonly #hooks = new Set<FollowHooks>();
  #wakeAll(): void {
    for (const wake of this.#wake) wake();
    this.#wake.clear();
  }
  #check(): void {
    if (this.isRemoved) throw new RunNotFoundError('demo');
    if (this.mistake) throw this.mistake;
    if (this.isAway) throw new UnreachableError('the service is away');
  }
  #loseView(): void {
    if (this.lostViews-- > 0) throw new UnreachableError('the view is lost');
  }
  state = async () => (this.#check(), this.events_.reduce(reduceRun, emptyRunState));
  view = async () => (
    this.#check(),
    this.#loseView(),
    this.views++,
    { workflow: 'demo', reason: `${this.views}` } as RunView
  );
  standing = async () => {
    this.#check();
    this.standings++;
    return { status: 'running', stuck: this.stuck, cutOff: null, webUrl: null };
  };
  events = async (after: number, limit: number) => {
    this.#check();
    if (this.isOverloaded) throw new UnreachableError('the service is away');
    return { events: this.events_.slice(after, after + limit), next: 0, isOver: false };
  };
  async *follow(after: number, signal: AbortSignal, hooks: FollowHooks): AsyncGenerator<RunEvent> {
    this.#check();
    this.followedFrom.push(after);
    // As the service answers 204.
    if (this.events_.slice(0, after).some(isLastEvent)) return;
    hooks.onOpen?.();
    this.#hooks.add(hooks);
    signal.addEventListener('abort', () => this.#wakeAll(), { once: true });
    try {
      for (let seq = after; !signal.aborted;) {
        this.#check();
        const event = this.events_[seq];
        if (event) {
          seq++;
          yield event;
          if (isLastEvent(event)) return;
        } else await new Promise<void>((wake) => this.#wake.add(wake));
      }
    } finally {
      this.#hooks.delete(hooks);
    }
  }
}

const log = (text: string): RunEventBody => ({ type: 'run:log', text });
const end: RunEventBody = { type: 'workflow:results', status: 'succeeded', reason: null, tasks: {} };

describe('the store of a run that is watched', () => {
  let service: Service;
  let store: LiveStore;
  let drawn: number;
  beforeEach(() => {
    vi.useFakeTimers();
    service = new Service();
    store = new LiveStore('demo', service);
    drawn = 0;
    store.subscribe(() => drawn++);
  });
  afterEach(() => {
    store.stop();
    vi.useRealTimers();
  });
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

  it('knows all that was told before it came, goes on behind it, and draws four times a second at most', async () => {
    service.tell(...Array.from({ length: 1200 }, (_, n) => log(`${n}`)));
    store.start();
    await pass(0);
    expect(store.current).toMatchObject({ isLoaded: true, connection: 'live', lastSeq: service.events_.length });
    expect([store.current.events.length, store.current.events.at(-1)]).toEqual([1000, service.events_.at(-1)]);
    expect(service.followedFrom).toEqual([service.events_.length]);
    drawn = 0;
    for (let n = 0; n < 200; n++) {
      service.tell(log('more'));
      await pass(10);
    }
    expect(drawn).toBeGreaterThanOrEqual(8);
    expect(drawn).toBeLessThanOrEqual(9);
    await pass(250);
    expect(store.current.lastSeq).toBe(service.events_.length);
  });

  it('tells the first thing after a quiet time at once', async () => {
    store.start();
    await pass(2000);
    service.tell(log('now'));
    await pass(1);
    expect(store.current.lastSeq).toBe(service.events_.length);
  });

  it('keeps what it knows while the service is away, and goes on behind it without a gap', async () => {
    store.start();
    await pass(0);
    const before = store.current.lastSeq;
    service.fail({ isAway: true });
    await pass(10_000);
    expect(store.current).toMatchObject({ connection: 'away', lastSeq: before, isLoaded: true, problem: null });
    service.isAway = false;
    service.tell(log('while it was away'));
    await pass(2500);
    expect(store.current).toMatchObject({ connection: 'live', lastSeq: before + 1 });
    expect(service.followedFrom).toEqual([before, before]);
    expect(store.current.events.map(({ seq }) => seq)).toEqual(service.events_.map(({ seq }) => seq));
  });

  it('asks for what was told before it came until that is answered', async () => {
    service.isOverloaded = true;
    store.start();
    await pass(0);
    service.fail({ isAway: true });
    await pass(2500);
    expect(store.current).toMatchObject({ connection: 'away', events: [] });
    Object.assign(service, { isAway: false, isOverloaded: false });
    service.tell(log('while it was away'));
    await pass(2500);
    expect(store.current.events.map(({ seq }) => seq)).toEqual(service.events_.map(({ seq }) => seq));
  });

  it('begins once the service is there, however long that takes', async () => {
    service.isAway = true;
    store.start();
    await pass(60_000);
    expect(store.current).toMatchObject({ isLoaded: false, connection: 'away' });
    service.isAway = false;
    await pass(2500);
    expect(store.current).toMatchObject({ isLoaded: true, connection: 'live' });
  });

  it('asks Temporal why nothing moves, and leaves it alone while something does', async () => {
    store.start();
    await pass(0);
    expect(service.standings).toBe(1);
    for (let n = 0; n < 20; n++) {
      service.tell(log('moves'));
      await pass(1000);
    }
    expect(service.standings).toBe(1);
    service.stuck = 'no worker';
    await pass(7000);
    expect(store.current.standing?.stuck).toBe('no worker');
    await pass(30_000);
    expect(service.standings).toBeGreaterThanOrEqual(6);
    expect(service.standings).toBeLessThanOrEqual(9);
  });

  it('asks again for a view that it did not get', async () => {
    store.start();
    await pass(3000);
    service.lostViews = 1;
    service.tell({ type: 'task:waiting', taskId: 'a', cause: 'approval', detail: 'may it?' });
    await pass(1500);
    expect(service.views).toBe(1);
    await pass(5000);
    expect([service.views, store.current.view?.reason]).toEqual([2, '2']);
  });

  it('ends with a mistake that asking again does not mend, and says it', async () => {
    service.mistake = new TypeError('cannot read it');
    store.start();
    await pass(10_000);
    expect(store.current).toMatchObject({ connection: 'over', problem: { message: 'cannot read it' } });
  });

  it('asks for the view anew when the run waits, goes on, or ends', async () => {
    store.start();
    await pass(3000);
    expect(service.views).toBe(1);
    service.tell({ type: 'task:waiting', taskId: 'a', cause: 'approval', detail: 'may it?' });
    await pass(3000);
    expect(service.views).toBe(2);
    service.tell(end);
    await pass(3000);
    expect(service.views).toBe(3);
    expect(store.current).toMatchObject({ connection: 'over', state: { status: 'succeeded' }, view: { reason: '3' } });
  });

  it('says that a run was removed while it was looked at, whether it went on or had ended', async () => {
    store.start();
    await pass(0);
    service.fail({ isRemoved: true });
    await pass(10);
    expect(store.current).toMatchObject({ connection: 'over', isLoaded: true, problem: { kind: 'not-found' } });
    const other = new Service();
    other.tell(end);
    const ended = new LiveStore('demo', other);
    ended.start();
    await pass(0);
    expect(ended.current).toMatchObject({ connection: 'over', problem: null, state: { status: 'succeeded' } });
    other.tell({ type: 'run:log', text: 'behind the end' });
    await pass(11_000);
    expect(ended.current.lastSeq).toBe(other.events_.length);
    other.isRemoved = true;
    await pass(11_000);
    expect(ended.current.problem).toMatchObject({ kind: 'not-found' });
    ended.stop();
  });

  it('lets go while nobody looks, and comes back behind what it knows', async () => {
    store.start();
    await pass(0);
    const before = store.current.lastSeq;
    store.stop();
    service.tell(log('unseen'), log('unseen'));
    await pass(600_000);
    expect([store.current.lastSeq, service.standings]).toEqual([before, 1]);
    store.start();
    await pass(300);
    expect(store.current.lastSeq).toBe(before + 2);
    expect(service.followedFrom).toEqual([before, before]);
  });

  it('gives older events, the newest of those before a number', async () => {
    service.tell(...Array.from({ length: 50 }, (_, n) => log(`${n}`)));
    expect((await store.older(30, 10)).map(({ seq }) => seq)).toEqual([20, 21, 22, 23, 24, 25, 26, 27, 28, 29]);
    expect((await store.older(4, 10)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });
});

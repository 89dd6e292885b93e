/*
 * All who follow runs in a process are told by one reader:
 *
 * F1 One query a tick asks for what is new of all runs that somebody waits for; while nobody waits there is none.
 * F2 Whoever follows takes number after number: from the newest events that are kept here, else from the store. So nothing is missed or
 *    told twice, and whoever is slow holds nothing here but a number.
 * F3 What goes wrong in a look is told to all who wait for it: they come again, or give up.
 * F4 Those who are behind share few connections, and readings of the same are one.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { RunEvent } from '../../domain/run/run-events.ts';
import { isLastEvent } from '../../domain/run/run-events.ts';
import { ConnectionQueue } from '../database/connection-queue.ts';
import type { Sql } from '../database/sql.ts';
import { Openings } from './openings.ts';
import { StoreError } from '../store.ts';
import { findNews, findStory, listEvents, type StoryRow } from './feed-rows.ts';
import type { Feed } from './feed.ts';
import type { Follower } from './topic.ts';
import { Topic } from './topic.ts';

/** Short enough to look live, long enough to cost nothing: one query, which mostly finds no row. In ms. */
const pollMs = 50;
/** How many events of a run are read at once. */
const mostAtOnce = 200;
/** How many connections those share who are behind (F4). */
const places = 3;

/** The feed of one process. */
export function createFeed(sql: Sql): Feed {
  const reader = new FeedReader(sql);
  const openings = new Openings(sql);
  return {
    follow: (runKey, after, signal) => reader.follow(runKey, after, signal),
    find: (runKey) => reader.find(runKey),
    untilOpen: (runKey, signal) => openings.until(runKey, signal),
    get followers() {
      return reader.followers;
    },
  };
}

class FeedReader {
  readonly #sql: Sql;
  readonly #topics = new Map<string, Topic>();
  readonly #starts = new Map<string, Promise<Topic>>();
  readonly #readings = new Map<string, Promise<RunEvent[]>>();
  readonly #queue = new ConnectionQueue({ places, kept: 0, maxWaiting: Number.MAX_SAFE_INTEGER });
  #isLooking = false;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  get followers(): number {
    return [...this.#topics.values()].reduce((sum, { followers }) => sum + followers.size, 0);
  }

  // F4: whoever comes back comes with many others.
  find(runKey: string): Promise<StoryRow | undefined> {
    return this.#queue.within('work', () => findStory(this.#sql, runKey));
  }

  async *follow(runKey: string, after: number, signal: AbortSignal): AsyncGenerator<RunEvent> {
    const follower: Follower = { settle: null };
    const stop = (): void => follower.settle?.();
    signal.addEventListener('abort', stop, { once: true });
    let topic: Topic | undefined;
    try {
      topic = await this.#enter(runKey, follower);
      if (!topic.isOver(after)) yield* this.#take(topic, { follower, after, signal });
    } finally {
      signal.removeEventListener('abort', stop);
      if (topic) this.#leave(runKey, topic, follower);
    }
  }

  // F2
  async *#take(
    topic: Topic,
    { follower, after, signal }: { follower: Follower; after: number; signal: AbortSignal },
  ): AsyncGenerator<RunEvent> {
    for (let last = after; !signal.aborted;) {
      const events = topic.after(last) ?? (await this.#read(topic.no, last));
      for (const event of events) {
        if (signal.aborted) return;
        yield event;
        last = event.seq;
        if (isLastEvent(event)) return;
      }
      if (events.length > 0 || signal.aborted) continue;
      const news = topic.news(follower);
      void this.#look();
      await news;
    }
  }

  async #enter(runKey: string, follower: Follower): Promise<Topic> {
    const topic = this.#topics.get(runKey) ?? (await this.#start(runKey));
    // Whoever came at the same time may have left again meanwhile.
    this.#topics.set(runKey, topic);
    topic.followers.add(follower);
    return topic;
  }

  #start(runKey: string): Promise<Topic> {
    return once(this.#starts, runKey, async () => {
      const story = await this.find(runKey);
      if (!story) throw gone(runKey);
      return this.#topics.get(runKey) ?? new Topic(story);
    });
  }

  #leave(runKey: string, topic: Topic, follower: Follower): void {
    topic.followers.delete(follower);
    if (topic.followers.size === 0 && this.#topics.get(runKey) === topic) this.#topics.delete(runKey);
  }

  // F4
  #read(no: number, after: number): Promise<RunEvent[]> {
    return once(this.#readings, `${no}:${after}`, () =>
      this.#queue.within('work', () => listEvents(this.#sql, no, after, mostAtOnce)),
    );
  }

  // F1
  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    for (;;) {
      await delay(pollMs);
      const awaited = [...this.#topics].filter(([, topic]) => topic.isAwaited);
      if (awaited.length === 0) break;
      await this.#lookAt(new Map(awaited)).catch((error: unknown) => {
        for (const [, topic] of awaited) topic.fail(error);
      });
    }
    this.#isLooking = false;
  }

  async #lookAt(topics: ReadonlyMap<string, Topic>): Promise<void> {
    const known = [...topics.values()].map((topic) => ({ no: topic.no, seq: topic.known }));
    const news = new Map((await findNews(this.#sql, known, mostAtOnce)).map(({ no, events }) => [no, events]));
    for (const [runKey, topic] of topics) {
      const events = news.get(topic.no);
      if (events === null) topic.fail(gone(runKey));
      else if (events) topic.add(events);
    }
  }
}

function gone(runKey: string): StoreError {
  return new StoreError('not-found', `the store knows no run ${runKey}`);
}

/** Does something that is under way already no second time. */
function once<Result>(
  underWay: Map<string, Promise<Result>>,
  key: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const same = underWay.get(key);
  if (same) return same;
  const done = work().finally(() => underWay.delete(key));
  underWay.set(key, done);
  return done;
}

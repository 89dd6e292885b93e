import { afterEach, describe, expect, it } from 'vitest';
import type { Database } from '../../../../src/store/database/database.ts';
import { DeltaEar } from '../../../../src/store/service/delta-ear.ts';
import { until } from '../../../support/base/until.ts';

/** A database of one run, whose notifications come, or not, as a test says. */
class LoneDatabase {
  /** Lines that are open. */
  readonly lines = new Set<{ hear: (payload: string) => void; onLost: () => void }>();
  listened = 0;
  notify: (word: string) => void = (word) => this.tell(word);
  /** What the end of an ear waits for. */
  leaving: Promise<unknown> = Promise.resolve();

  tell(payload: string): void {
    for (const { hear } of this.lines) hear(payload);
  }

  readonly as = {
    query: async (text: string, values: readonly unknown[]) => {
      if (text.includes('pg_notify')) this.notify(String(values[1]));
      if (text.startsWith('delete')) await this.leaving;
      return { rows: text.includes('from runs') ? [{ no: 1, last_seq: 0, final: null }] : [], rowCount: 1 };
    },
    listen: (_channel: string, hear: (payload: string) => void, onLost: () => void) => {
      this.listened++;
      const line = { hear, onLost };
      this.lines.add(line);
      return Promise.resolve({ close: () => Promise.resolve(void this.lines.delete(line)) });
    },
  } as unknown as Database;
}

const timing = { beatMs: 10, echoWithinMs: 600_000, deafForMs: 10 };
const delta = JSON.stringify({ no: 1, delta: { type: 'agent:delta', text: 'hi', offset: 0 } });

describe('who hears what models say', () => {
  const ears: DeltaEar[] = [];
  afterEach(() => Promise.all(ears.splice(0).map((ear) => ear.close())));
  const open = (database: LoneDatabase, own: Partial<typeof timing> = {}): DeltaEar => {
    const ear = new DeltaEar(database.as, { ...timing, ...own });
    ears.push(ear);
    return ear;
  };
  /** Says something until it is heard. */
  const hears = async (database: LoneDatabase, got: string[]): Promise<void> => {
    await until('it is heard', () => {
      if (got.length === 0) database.tell(delta);
      return got.length > 0;
    });
  };

  it('has one connection and hears all once, though trying it out failed several times', async () => {
    const database = new LoneDatabase();
    database.notify = (word) => {
      if (database.listened < 4) throw new Error('busy');
      database.tell(word);
    };
    const got: string[] = [];
    const ear = open(database);
    ear.hear(
      'k',
      ({ text }) => got.push(text),
      (why) => expect.fail(why),
    );
    await until('it listens', () => database.listened === 4);
    await hears(database, got);
    expect([got, database.lines.size]).toEqual([['hi'], 1]);
    await ear.close();
    expect(database.lines.size).toBe(0);
  });

  it('is not forgotten when it comes while the last one before it leaves', async () => {
    const database = new LoneDatabase();
    let letGo: () => void = () => undefined;
    database.leaving = new Promise<void>((resolve) => (letGo = resolve));
    const ear = open(database);
    const before: string[] = [];
    const leave = ear.hear(
      'k',
      ({ text }) => before.push(text),
      (why) => expect.fail(why),
    );
    await hears(database, before);
    leave();
    await until('its connection is let go', () => database.lines.size === 0);
    const got: string[] = [];
    ear.hear(
      'k',
      ({ text }) => got.push(text),
      (why) => expect.fail(why),
    );
    letGo();
    await hears(database, got);
    expect(got).toEqual(['hi']);
  });

  it('hears again after a connection that was lost before it was tried out, and takes that for no pooler', async () => {
    const database = new LoneDatabase();
    database.notify = (word) => {
      if (database.listened > 1) return database.tell(word);
      for (const { onLost } of database.lines) onLost();
    };
    const got: string[] = [];
    open(database).hear(
      'k',
      ({ text }) => got.push(text),
      (why) => expect.fail(why),
    );
    await until('it listens again', () => database.listened === 2);
    await hears(database, got);
  });

  it('is told once that a pooler passes nothing on, and hears once one does', async () => {
    const database = new LoneDatabase();
    database.notify = (word) => {
      if (database.listened > 3) database.tell(word);
    };
    const told: string[] = [];
    const got: string[] = [];
    open(database, { echoWithinMs: 10 }).hear(
      'k',
      ({ text }) => got.push(text),
      (why) => told.push(why),
    );
    await until('it listens again', () => database.listened === 4);
    await hears(database, got);
    expect(told).toEqual([expect.stringContaining('pooler')]);
    expect(database.lines.size).toBe(1);
  });
});

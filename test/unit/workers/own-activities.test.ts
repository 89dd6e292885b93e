import { asyncLocalStorage, Context, heartbeat, type Info } from '@temporalio/activity';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Activities } from '../../../src/contracts/activities.ts';
import { UsageError } from '../../../src/domain/errors.ts';
import { withOwn } from '../../../src/workers/own-activities.ts';

const ours = { callModel: () => undefined } as unknown as Activities;

type Mine = { mine: (text: string) => Promise<string> };

describe("somebody's own activities", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** Runs one in the context of a step that notes its heartbeats. */
  function run(mine: Mine['mine']) {
    const beats: unknown[] = [];
    const note = (details: unknown): void => void beats.push(details);
    const [cancelled, { signal }] = [new Promise<never>(() => undefined), new AbortController()];
    const given = [{ activityId: 'own' } as Info, cancelled, signal, note] as const;
    const context = new Context(...given, ...([undefined, {}, {}, {}] as unknown as [never, never, never, never]));
    const own = withOwn(ours, { mine }) as Mine;
    return { beats, ended: asyncLocalStorage.run(context, () => own.mine('given')) };
  }

  it('send one heartbeat a second, the last of those that they gave', async () => {
    let finish!: () => void;
    const { beats, ended } = run(async (text) => {
      for (let each = 0; each < 100; each++) heartbeat(each);
      await new Promise<void>((done) => (finish = done));
      Context.current().heartbeat('at once, after a rest');
      heartbeat('never needed');
      return `${text} ${Context.current().info.activityId}`;
    });
    expect(beats).toEqual([0]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(beats).toEqual([0, 99]);
    await vi.advanceTimersByTimeAsync(5000);
    finish();
    expect(await ended).toBe('given own');
    expect(beats).toEqual([0, 99, 'at once, after a rest']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leave the last heartbeat to the next attempt when they fail', async () => {
    const { beats, ended } = run(async () => {
      heartbeat('first');
      heartbeat('where it was');
      throw new Error('no more');
    });
    await expect(ended).rejects.toThrow('no more');
    expect(beats).toEqual(['first', 'where it was']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("are refused with names of Gaffer's", () => {
    expect(() => withOwn(ours, { callModel: () => undefined })).toThrow(UsageError);
  });
});

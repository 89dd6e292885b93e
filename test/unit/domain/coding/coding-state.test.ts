import { describe, expect, it } from 'vitest';
import type { CodingEvent } from '../../../../src/domain/coding/coding-state.ts';
import { isCodingEvent, noCoding, reduceCoding } from '../../../../src/domain/coding/coding-state.ts';

const at = '2026-01-01T00:00:00.000Z';
const branch = 'gaffer/r/a';
const fold = (...events: CodingEvent[]) => events.reduce(reduceCoding, noCoding);

describe('how the branches of a run stand', () => {
  it('is told by their events: made, kept, waiting, in', () => {
    const created: CodingEvent = { type: 'worktree:created', taskId: 'a', attempt: 1, branch, base: 'b0', at };
    const saved: CodingEvent = { type: 'snapshot:saved', taskId: 'a', attempt: 1, n: 2, commit: 'c2', files: 3, at };
    const queued: CodingEvent = { type: 'merge:queued', taskId: 'a', branch, commit: 'c2', into: 'main', at };
    const merged: CodingEvent = { type: 'merge:merged', taskId: 'a', branch, commit: 'm1', into: 'main', at };
    const a = (...events: CodingEvent[]) => fold(...events).branches['a'];
    expect(a(created)).toMatchObject({ branch, base: 'b0', status: 'working', snapshots: 0, head: null, into: null });
    expect(a(created, saved)).toMatchObject({ head: 'c2', snapshots: 2 });
    expect(a(created, saved, queued)).toMatchObject({ status: 'queued', into: 'main' });
    expect(a(created, saved, queued, merged)).toMatchObject({ status: 'merged', head: 'm1', reason: null });
    const removed: CodingEvent = { type: 'worktree:removed', taskId: 'a', branch, kept: null, at };
    // What is in stays in, whatever becomes of its folder.
    expect(a(created, merged, removed)).toMatchObject({ status: 'merged' });
    expect(a(created, saved, removed)).toMatchObject({ status: 'removed' });
    const ready: CodingEvent = { type: 'merge:ready', taskId: 'a', branch, commit: 's1', at };
    // A branch that is there stays so when its folder goes, and what never was one is none.
    expect(a(created, saved, ready, removed)).toMatchObject({ status: 'ready', head: 's1', into: null });
    expect(a(created, removed)).toBeUndefined();
  });

  it('keeps why one does not go in, what is leased, and what others changed, too', () => {
    const conflict: CodingEvent = {
      ...{ type: 'merge:conflict', taskId: 'a', branch, into: 'main', files: ['x', 'y'], attempt: 1, to: 'author', at },
    };
    const leased: CodingEvent = {
      type: 'lease:granted',
      taskId: 'a',
      attempt: 1,
      folders: ['src'],
      files: [],
      fence: 1,
      at,
    };
    const overlap: CodingEvent = {
      type: 'lease:overlap',
      taskId: 'a',
      other: 'b',
      files: ['x'],
      decision: 'go_on',
      at,
    };
    const state = fold(leased, overlap, conflict);
    expect(state.branches['a']).toMatchObject({
      ...{ status: 'conflict', reason: expect.stringContaining('conflict in x, y: ') },
      ...{ lease: { folders: ['src'], files: [] }, overlaps: { b: ['x'] } },
    });
    const released = reduceCoding(state, { type: 'lease:released', taskId: 'a', attempt: 1, at });
    expect(released.branches['a']!.lease).toBeNull();
  });

  it('keeps the latest gates alone', () => {
    const gate = (n: number): CodingEvent => ({
      ...{
        type: 'merge:gate',
        tasks: ['a'],
        into: 'main',
        command: `gate ${n}`,
        success: true,
        duration: 1,
        output: '',
      },
      at,
    });
    const { gates } = fold(...Array.from({ length: 60 }, (_, n) => gate(n)));
    expect(gates).toHaveLength(50);
    expect(gates.at(-1)).toMatchObject({ command: 'gate 59', at });
  });

  it('is about events of its own kinds alone', () => {
    expect(isCodingEvent({ type: 'merge:gate' })).toBe(true);
    expect(isCodingEvent({ type: 'message:sent' })).toBe(false);
    expect(isCodingEvent({ type: 'merger' })).toBe(false);
  });
});

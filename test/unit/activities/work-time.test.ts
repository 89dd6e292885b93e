import { expect, it } from 'vitest';
import { WorkTime } from '../../../src/activities/turn/work-time.ts';

function clocked() {
  const now = { cpu: 0, wall: 0 };
  const work = new WorkTime({ cpu: () => now.cpu, wall: () => now.wall });
  const ask = (ms: number): Promise<void> =>
    work.ofModel(() => {
      now.wall += ms;
      return Promise.resolve();
    });
  return { now, work, ask };
}

it('counts what models take and what is computed, and ends after a second of both', async () => {
  const { now, work, ask } = clocked();
  await ask(600);
  now.wall += 800;
  now.cpu += 399;
  expect(work.isOver).toBe(false);
  now.cpu += 1;
  expect(work.isOver).toBe(true);
});

it('does not count what a crowded machine lets it wait, up to five seconds by the clock', () => {
  const { now, work } = clocked();
  now.wall += 4999;
  expect(work.isOver).toBe(false);
  now.wall += 1;
  expect(work.isOver).toBe(true);
});

it('counts no more than the time that went by, whatever else the process computes', () => {
  const { now, work } = clocked();
  now.cpu += 3000;
  now.wall += 999;
  expect(work.isOver).toBe(false);
  now.wall += 1;
  expect(work.isOver).toBe(true);
});

it('counts a model that failed, too', async () => {
  const { now, work } = clocked();
  const failed = work.ofModel(() => {
    now.wall += 1000;
    return Promise.reject(new Error('away'));
  });
  await expect(failed).rejects.toThrow('away');
  expect(work.isOver).toBe(true);
});

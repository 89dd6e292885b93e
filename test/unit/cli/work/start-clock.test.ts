import { expect, it } from 'vitest';
import { StartClock, timingsFrom } from '../../../../src/cli/work/start-clock.ts';

const at = (ms: number): string => new Date(1_000_000 + ms).toISOString();

it('says what each step took, and all of them together', () => {
  const clock = new StartClock(1_000_000);
  clock.ends('command', 1_000_200);
  clock.ends('definition', 1_000_290.4);
  clock.ends('servers', 1_000_330);
  clock.ends('worker', 1_000_331);
  clock.ends('start', 1_000_400);
  clock.event({ type: 'workflow:start', at: at(450) });
  clock.event({ type: 'agent:invoke', at: at(520) });
  // The first call alone counts.
  clock.event({ type: 'agent:invoke', at: at(9000) });
  const steps = { command: 200, definition: 90, servers: 40, worker: 1, start: 69, firstTask: 50, firstCall: 70 };
  expect(clock.timings()).toEqual({ ...steps, total: 520 });
  expect(clock.line()).toBe(
    'Time: command loaded 200 ms, definition 90 ms, servers 40 ms, worker 1 ms, run started 69 ms, first workflow task 50 ms, first call 70 ms; together 520 ms',
  );
});

it('leaves out what was not come to, and takes no time back for a worker that was quicker than the answer to its start', () => {
  const clock = new StartClock(1_000_000);
  clock.ends('command', 1_000_100);
  clock.ends('start', 1_000_300);
  clock.event({ type: 'workflow:start', at: at(280) });
  expect(clock.timings()).toMatchObject({ command: 100, servers: null, start: 200, firstTask: 0, firstCall: null });
  expect(clock.timings().total).toBe(300);
  expect(clock.line()).toBe(
    'Time: command loaded 100 ms, run started 200 ms, first workflow task 0 ms; together 300 ms',
  );
});

it('is no part of JSON where nobody asked', () => {
  expect(timingsFrom(undefined)).toEqual({});
  expect(new StartClock(0).timings().total).toBeNull();
});

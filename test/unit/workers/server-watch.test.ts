import { expect, it, onTestFinished } from 'vitest';
import { watchServers } from '../../../src/workers/server-watch.ts';
import { until } from '../../support/base/until.ts';

it('a worker that has lost a server says so, once, and when it is back', async () => {
  const lines: string[] = [];
  let asked = 0;
  let problem: string | null = null;
  const ask = async (): Promise<void> => {
    asked++;
    if (problem !== null) throw new Error(problem);
  };
  const watch = watchServers([{ name: 'Temporal at here', ask }], (line) => lines.push(line), { pauseMs: 1 });
  onTestFinished(() => watch.stop());
  const rounds = async (count: number): Promise<void> => {
    const from = asked;
    await until('it was asked', () => asked >= from + count);
  };
  await rounds(3);
  expect(lines).toEqual([]);
  problem = 'connection refused';
  await rounds(5);
  expect(lines).toEqual(['Temporal at here is lost (connection refused). This worker goes on as soon as it is back.']);
  problem = null;
  await rounds(3);
  expect(lines.slice(1)).toEqual(['Temporal at here is back, and this worker goes on.']);
});

it('a worker whose server says nothing, neither yes nor no, says so too, asks it once, and hears a late answer', async () => {
  const lines: string[] = [];
  let asked = 0;
  let answer = (): void => undefined;
  const ask = (): Promise<void> => {
    asked++;
    return new Promise((resolve) => (answer = resolve));
  };
  // The answer comes in the pause after the line: the next question is never answered.
  const say = (line: string): void => {
    if (lines.push(line) === 1) answer();
  };
  const watch = watchServers([{ name: 'The database at here', ask }], say, { pauseMs: 1, patienceMs: 5 });
  onTestFinished(() => watch.stop());
  await until('it is back', () => lines.length > 1);
  expect(lines[0]).toContain('The database at here is lost (no answer within 0.005 s).');
  expect(lines[1]).toContain('is back');
  expect(asked).toBeLessThanOrEqual(2);
});

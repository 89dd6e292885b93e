import { describe, expect, it } from 'vitest';
import { chooseAgent, type AgentRecord } from '../../../../src/domain/evaluation/choose-agent.ts';

const fitting: [string, ...string[]] = ['first', 'second', 'third'];
const records = new Map<string, AgentRecord>([
  ['first', { scores: 20, mean: 60 }],
  ['second', { scores: 20, mean: 92 }],
]);
const seeds = Array.from({ length: 2000 }, (_, at) => `run-${at}:uuid/split~1/1/0`);

describe('chooseAgent', () => {
  it('takes the one whose work was scored best nine times in ten, and each of the others now and then', () => {
    const counts: Record<string, number> = {};
    for (const seed of seeds) {
      const { agent } = chooseAgent(fitting, records, seed);
      counts[agent] = (counts[agent] ?? 0) + 1;
    }
    // The floor: one in ten by lot, a third of it each.
    expect(counts['second']).toBeGreaterThan(1800);
    for (const name of ['first', 'third']) {
      expect(counts[name]).toBeGreaterThan(40);
      expect(counts[name]).toBeLessThan(100);
    }
  });

  it('says why, and comes to the same for the same step', () => {
    const choices = seeds.map((seed) => chooseAgent(fitting, records, seed));
    expect(choices).toEqual(seeds.map((seed) => chooseAgent(fitting, new Map(records), seed)));
    const known = 'scores: first 60 of 20, second 92 of 20, third none';
    expect(new Set(choices.map(({ reason }) => reason))).toEqual(new Set([known, `by lot; ${known}`]));
    expect(choices.find(({ reason }) => reason === known)!.agent).toBe('second');
  });

  it('lets one bad score decide nothing, and prefers whoever was never scored to whoever is poor', () => {
    const plain = (mean: number, scores: number) =>
      seeds
        .map((seed) => chooseAgent(['first', 'second'], new Map([['first', { scores, mean }]]), seed))
        .find(({ reason }) => !reason.startsWith('by lot'))!.agent;
    expect(plain(40, 20)).toBe('second');
    expect(plain(75, 20)).toBe('first');
  });

  it('takes the one that fits best where nobody was scored', () => {
    const choices = seeds.map((seed) => chooseAgent(fitting, new Map(), seed));
    expect(new Set(choices.map(({ agent, reason }) => `${agent}: ${reason}`))).toEqual(new Set(['first: fits best']));
    expect(chooseAgent(['only'], records, 'x')).toEqual({ agent: 'only', reason: 'the only one that fits' });
  });
});

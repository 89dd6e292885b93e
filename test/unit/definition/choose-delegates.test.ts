import { describe, expect, it } from 'vitest';
import { leavesAgentsOpen, withDelegates } from '../../../src/definition/choose-delegates.ts';
import type { AgentRecord } from '../../../src/domain/evaluation/choose-agent.ts';
import { agent, plan } from '../../support/plan/builders.ts';

const agents = Object.fromEntries(
  [
    agent({ name: 'lead', description: 'splits SQL work', tools: ['plan_tasks'] }),
    agent({ name: 'sql-one', description: 'tunes SQL queries' }),
    agent({ name: 'sql-two', description: 'tunes SQL queries and migrations' }),
    agent({ name: 'writer', description: 'writes documents' }),
    agent({ name: 'stranger', description: 'writes SQL queries' }),
  ].map((each) => [each.name, each]),
);
const crew = plan({ agents, manager: 'lead', delegates: ['lead', 'sql-one', 'sql-two', 'writer'] });
const records = new Map<string, AgentRecord>([
  ['sql-two', { scores: 30, mean: 95 }],
  ['sql-one', { scores: 30, mean: 55 }],
  ['writer', { scores: 30, mean: 100 }],
  ['stranger', { scores: 30, mean: 100 }],
]);
const open = [{ id: 'slow', prompt: 'Find the slow SQL queries' }];

describe('withDelegates', () => {
  it('gives a task that names nobody to a delegate that fits, by scores; what names one stays', () => {
    const named = { id: 'docs', profile: 'writer', prompt: 'SQL' };
    const { value, choices } = withDelegates([...open, named], crew, { records, seed: 'a' });
    expect(value).toEqual([{ ...open[0], profile: 'sql-two' }, named]);
    expect(choices).toEqual({ slow: { agent: 'sql-two', reason: 'scores: sql-one 55 of 30, sql-two 95 of 30' } });
  });

  it('takes the one that fits best without scores, and any delegate where no word fits', () => {
    const best = withDelegates(open, crew, { records: new Map(), seed: 'a' });
    expect(best.choices).toEqual({ slow: { agent: 'sql-one', reason: 'fits best' } });
    const none = withDelegates([{ id: 'x', prompt: 'Zzyzx' }], crew, { records: new Map(), seed: 'a' });
    expect(none.choices['x']!.agent).toBe('sql-one');
  });

  it('repeats what a cassette has, but for an agent that the plan does not give work to', () => {
    const asRecorded = (name: string) =>
      withDelegates(open, crew, { records: new Map(), seed: 'a', recorded: () => name }).choices['slow'];
    expect(asRecorded('writer')).toEqual({ agent: 'writer', reason: 'as in the cassette' });
    for (const name of ['stranger', 'lead', 'nobody']) expect(asRecorded(name)!.agent).toBe('sql-one');
  });

  it('chooses nobody where a default does what names nobody, or where there are no delegates', () => {
    const { delegates: _, ...others } = crew;
    for (const each of [{ ...crew, defaultAgent: 'writer' }, others]) {
      expect(leavesAgentsOpen(open, each)).toBe(false);
      expect(withDelegates(open, each, { records, seed: 'a' })).toEqual({ value: open, choices: {} });
    }
    expect(leavesAgentsOpen([{ id: 'x', profile: 'writer' }], crew)).toBe(false);
    expect(leavesAgentsOpen('tasks', crew)).toBe(false);
  });
});

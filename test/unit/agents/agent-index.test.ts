import { describe, expect, it } from 'vitest';
import { createAgentIndex } from '../../../src/agents/agent-index.ts';
import { loadShipped } from '../../../src/agents/shipped-agents.ts';

const index = createAgentIndex(loadShipped());
const best = (need: string, count: number): string[] => index.find(need, count).map(({ found }) => found.agent.name);

describe('the index of agents', () => {
  it.each([
    ['slow SQL query', 'database-optimizer'],
    ['my tests are flaky', 'flaky-test-fixer'],
    ['the cloud bill is too high', 'cloud-cost-optimizer'],
    ['log in with OAuth', 'auth-developer'],
    ['translate the docs into German', 'technical-translator'],
    ['a kuberntes cluster', 'kubernetes-engineer'],
    ['debugging', 'debugger'],
    ['write release notes', 'changelog-writer'],
    ['C++', 'cpp-pro'],
    ['C# code', 'csharp-pro'],
    ['find secrets in the git history', 'secrets-hunter'],
    ['stripe payments', 'payments-developer'],
    ['GDPR', 'privacy-engineer'],
    ['schema migration without downtime', 'schema-migrator'],
    ['review a pull request for security', 'security-auditor'],
    ['docker image too large', 'docker-specialist'],
    ['is our web page accessible to blind people?', 'accessibility-auditor'],
  ])('finds for %j among the first five %s', (need, name) => {
    expect(best(need, 5)).toContain(name);
  });

  it('ranks by score, best first, the same every time, and no more than asked for', () => {
    const found = index.find('write unit tests for Python', 7);
    expect(found).toHaveLength(7);
    expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).toSorted((a, b) => b - a));
    const again = createAgentIndex(loadShipped()).find('write unit tests for Python', 7);
    expect(again.map(({ score }) => score)).toEqual(found.map(({ score }) => score));
  });

  it.each(['', '   ', 'the of and', 'xyzzyq', '日本語', '"\u0000'])('finds nobody for %j', (need) => {
    expect(index.find(need)).toEqual([]);
  });

  it('takes requirements of any length, and of two agents that are alike the first', () => {
    const long = loadShipped()
      .map(({ agent }) => agent.system)
      .join('\n');
    expect(index.find(long, 3)).toHaveLength(3);
    const twins = ['a', 'b'].map((tag) => ({ agent: { name: 'x', description: 'Tests', system: '' }, tags: [tag] }));
    expect(
      createAgentIndex(twins)
        .find('testing')
        .map(({ found }) => found.tags),
    ).toEqual([['a'], ['b']]);
    expect(createAgentIndex([]).find('testing')).toEqual([]);
  });
});

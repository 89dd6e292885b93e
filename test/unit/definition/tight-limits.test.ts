import { describe, expect, it } from 'vitest';
import type { AgentRegistry } from '../../../src/agents/registry.ts';
import { loadPlan } from '../../../src/definition/load-plan.ts';
import { agent } from '../../support/plan/builders.ts';

// $5 and $25 a million tokens: an answer of 30,000 may cost $0.75.
const opus = agent({ name: 'opus', model: 'claude-opus-4-7', maxTokens: 30_000, tools: [] });
const small = agent({ name: 'small', model: 'claude-haiku-4-5', maxTokens: 1000, tools: [] });
const agents: AgentRegistry = {
  agents: new Map([opus, small].map((each) => [each.name, each])),
  dirs: [],
  diagnostics: [],
};

function warnings(text: string): { message: string; hint: string | null; line: number | null }[] {
  const source = { kind: 'text', text: `default_profile: opus\n${text}`, file: 'test.yaml' } as const;
  const found = loadPlan(source, { agents, inputs: {}, cwd: process.cwd() }).warnings;
  return found.filter(({ code }) => code === 'tight-limit').map(({ message, hint, line }) => ({ message, hint, line }));
}
const tasks = (count: number, more = ''): string =>
  `tasks:\n${Array.from({ length: count }, (_, n) => `  - { id: t${n}, prompt: go${more} }`).join('\n')}\n`;

describe('before the start', () => {
  it('says that calls at once will wait for their turn, proposes an amount and names the other way out', () => {
    expect(warnings(`limits: { usd: 5 }\n${tasks(10)}`)).toEqual([
      {
        message:
          '10 calls at once may cost $7.51 (one call of opus may cost $0.76), which is more than limits.usd of $5.00: 6 go at a time, the others wait for their turn',
        hint: 'set limits.usd to 7.51 or more, or give opus a smaller max_tokens (it is 30000)',
        line: 2,
      },
    ]);
    expect(warnings(tasks(10))).toHaveLength(1);
    expect(warnings(`limits: { usd: 7.51 }\n${tasks(10)}`)).toEqual([]);
    expect(warnings(tasks(6))).toEqual([]);
    expect(warnings(tasks(10, ', profile: small'))).toEqual([]);
  });

  it('counts what runs at once, and nothing else', () => {
    expect(warnings(`limits: { max_parallel: 6 }\n${tasks(20)}`)).toEqual([]);
    const chain = Array.from(
      { length: 10 },
      (_, n) => `  - { id: t${n}, prompt: go${n > 0 ? `, depends_on: [t${n - 1}]` : ''} }`,
    );
    expect(warnings(`tasks:\n${chain.join('\n')}\n`)).toEqual([]);
    const each = (list: string) => `tasks:\n  - { id: each, prompt: go, for_each: ${list} }\n`;
    expect(warnings(each('[1, 2, 3, 4, 5, 6, 7, 8]'))).toHaveLength(1);
    expect(warnings(each('[1, 2]'))).toEqual([]);
  });

  it('says that not one call fits, of every kind of limit', () => {
    const said = (text: string) => warnings(text).map(({ message }) => message);
    expect(said(`limits: { usd: 0.5 }\n${tasks(1)}`)).toEqual([
      'one call of opus may cost $0.76, which is more than limits.usd of $0.50: no such call can be made',
    ]);
    expect(said(`limits: { tokens: 1000 }\n${tasks(1)}`)[0]).toMatch(
      /may use \d+ tokens, .* limits.tokens of 1000 tokens/,
    );
    expect(said(`limits: { usd_per_minute: 0.5 }\n${tasks(1)}`)[0]).toContain('limits.usd_per_minute of $0.50');
    expect(said(`limits: { per_agent: { opus: { usd: 1 } } }\n${tasks(2)}`)[0]).toContain('limits.usd of agent opus');
    expect(said(tasks(1, ', limits: { usd: 0.1 }'))[0]).toContain('limits.usd of task t0');
    expect(said(`limits: { per_task: { usd: 0.1 } }\n${tasks(1)}`)[0]).toContain('limits.usd of task t0');
    const phase =
      'phases:\n  - { name: P, execution_mode: parallel, limits: { usd: 1 }, tasks: [{ id: a, prompt: A }, { id: b, prompt: B }] }\n';
    expect(said(phase)[0]).toContain('limits.usd of phase P');
  });
});

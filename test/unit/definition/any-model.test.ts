import { describe, expect, it } from 'vitest';
import type { AgentRegistry } from '../../../src/agents/registry.ts';
import { loadAgents } from '../../../src/agents/registry.ts';
import { DefinitionError } from '../../../src/definition/source/diagnostic.ts';
import type { PlanContext } from '../../../src/definition/load-plan.ts';
import { loadPlan } from '../../../src/definition/load-plan.ts';
import { chooseModel } from '../../../src/domain/money/model-table.ts';
import { folderOf } from '../agents/agent-folder.ts';
import { agent } from '../../support/plan/builders.ts';

function load(model: string, text: string, more: Partial<PlanContext> & { maxTokens?: number } = {}) {
  const { maxTokens = 8192, ...context } = more;
  const { provider: _none, ...worker } = { provider: undefined, ...agent({ name: 'worker', maxTokens }) };
  const agents: AgentRegistry = {
    agents: new Map([['worker', { ...worker, ...chooseModel(model) }]]),
    dirs: [],
    diagnostics: [],
  };
  const source = {
    kind: 'text',
    text: `tasks: [{ id: a, profile: worker, prompt: Do it. }]\n${text}`,
    file: 'crew.yaml',
  };
  return loadPlan({ ...source, kind: 'text' }, { agents, cwd: '/p', ...context });
}

function problems(...args: Parameters<typeof load>): string[] {
  try {
    return load(...args).warnings.map(({ code, severity, line, column }) => `${severity} ${code} ${line}:${column}`);
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    return error.diagnostics.map(({ code, severity, line, column }) => `${severity} ${code} ${line}:${column}`);
  }
}

const priced = 'models: { qwen: { price: { input: 0.2, output: 0.8 }, window: 32768, max_output: 4096 } }';

describe('any model', () => {
  it('has the price, the window and the longest answer that the file gives it', () => {
    const { plan, warnings } = load('qwen', priced);
    const price = { input: 200, output: 800, cacheRead: 200, cacheWrite: 200 };
    expect(plan.models).toEqual({ qwen: { price, window: 32_768, maxOutput: 4096 } });
    expect(plan.agents['worker']).toMatchObject({ model: 'qwen', maxTokens: 4096 });
    expect(warnings).toEqual([]);
  });

  it('has them by any of its names, and of another provider apart', () => {
    const sonnet = 'models: { sonnet: { window: 500000 }, gateway/sonnet: { max_output: 5000 } }';
    expect(load('claude-sonnet-4-6', sonnet).plan.models).toMatchObject({
      'claude-sonnet-4-6': { window: 500_000, maxOutput: 64_000, price: { input: 3000 } },
    });
    expect(load('gateway/sonnet', sonnet, { providers: ['gateway'] }).plan.models).toMatchObject({
      'gateway/claude-sonnet-4-6': { window: 1_000_000, maxOutput: 5000 },
    });
  });

  it('may cost nothing, and says so below a limit in dollars', () => {
    const { plan } = load('local', 'models: { local: { price: { input: 0, output: 0 } } }\nlimits: { usd: 1 }');
    expect(plan.models!['local']!.price).toEqual({ input: 0, output: 0, cacheRead: 0, cacheWrite: 0 });
  });

  it('costs what the environment says, whatever the file does', () => {
    const models = {
      qwen: { price: { input: 1, output: 2, cache_read: 0.1 } },
      sonnet: { price: { input: 1, output: 1 } },
    };
    expect(load('qwen', priced, { models }).plan.models).toEqual({
      qwen: { price: { input: 1000, output: 2000, cacheRead: 100, cacheWrite: 1000 }, window: 32_768, maxOutput: 4096 },
    });
    expect(load('sonnet', '', { models }).plan.models!['claude-sonnet-4-6']!.price!.output).toBe(1000);
  });

  it.each([
    ['nothing limits its tokens', '', {}, ['error no-price 1:27']],
    ['the run has few tokens', 'limits: { tokens: 1000000 }', {}, ['warning no-price 1:27']],
    ['it has few tokens', 'limits: { per_agent: { worker: { tokens: 1000000 } } }', {}, ['warning no-price 1:27']],
    [
      'another agent has',
      'limits: { per_agent: { foreman: { tokens: 1000000 } } }',
      {},
      ['error no-price 1:27', 'error unknown-agent 2:24'],
    ],
    ['few tokens are given', '', { limits: { tokens: 1_000_000 } }, ['warning no-price 1:27']],
    ['dollars are given, too', 'limits: { tokens: 1000000 }', { limits: { usd: 1 } }, ['error no-price 1:27']],
    ['dollars are limited, too', 'limits: { tokens: 1000000, usd: 5 }', {}, ['error no-price 1:27']],
    ['dollars a minute are', 'limits: { tokens: 1000000, usd_per_minute: 5 }', {}, ['error no-price 1:27']],
    ['dollars a task are', 'limits: { tokens: 1000000, per_task: { usd: 1 } }', {}, ['error no-price 1:27']],
    ['its window is all that is known', 'models: { unheard-of: { window: 9000 } }', {}, ['error no-price 1:27']],
    ['its price is given', 'limits: { usd: 1 }', { models: { 'unheard-of': { price: { input: 0, output: 0 } } } }, []],
  ])('of which no price is known: %s', (_, text, more, expected) => {
    expect(problems('unheard-of', text, more)).toEqual(expected);
  });

  it('says what to do, and what was probably meant', () => {
    const errorOf = (model: string) => {
      try {
        load(model, '');
      } catch (error) {
        return (error as DefinitionError).message;
      }
      throw new Error('nothing was thrown');
    };
    expect(errorOf('unheard-of')).toMatch(
      /crew\.yaml:1:27.*"unheard-of", of which no price is known.*nothing limits its tokens/,
    );
    expect(errorOf('unheard-of')).toContain('models: { "unheard-of": { price: { input: 0, output: 0 } } }');
    expect(errorOf('claude-sonet-4-5')).toContain('did you mean "claude-sonnet-4-5"?');
    expect(errorOf('meta/llama')).toContain('write "anthropic/meta/llama"');
  });

  it.each([
    ['claude-opus-9', '', 'claude-opus-4-7', ['unknown-model']],
    ['Sonnet 4.5', '', 'claude-sonnet-4-5', []],
    ['opusplan', '', 'claude-opus-4-7', ['unknown-model']],
    ['gpt-9-mini', '', 'claude-haiku-4-5', ['unknown-model']],
    ['gpt-5-mini', '', 'gpt-5-mini', []],
    ['openai/gpt-9', '', 'claude-sonnet-4-6', ['unknown-model']],
    ['gemini-3-pro', 'limits: { usd: 1 }', 'claude-opus-4-7', ['unknown-model']],
    ['gpt-9', 'limits: { tokens: 1000000 }', 'gpt-9', ['unknown-model']],
    ['gpt-9', 'models: { gpt-9: { price: { input: 1, output: 2 } } }', 'gpt-9', []],
  ])('of an agent file, %s with %j, is %s', (model, text, expected, codes) => {
    const agents = loadAgents([folderOf({ 'worker.md': `---\nmodel: ${model}\n---\nDo.` })]);
    const { plan, warnings } = load('sonnet', text, { agents });
    expect(plan.agents['worker']).toMatchObject({ model: expected });
    expect(warnings.map(({ code, severity, line }) => [code, severity, line])).toEqual(
      codes.map((code) => [code, 'warning', 2]),
    );
  });

  it.each([
    ['models: { qwen: { price: { input: 1 } } }', ['error missing-key 2:26']],
    ['models: { qwen: { price: { input: -1, output: 1 } } }', ['error bad-value 2:35']],
    ['models: { qwen: { price: { input: 1, output: 1, cached: 1 } } }', ['error unknown-key 2:49']],
    ['models: { qwen: { windw: 1000 } }', ['error unknown-key 2:19']],
    ['models: { qwen: { window: 12.5 } }', ['error wrong-type 2:27']],
    ['models: [qwen]', ['error wrong-type 2:9']],
    ['models: { opus: { price: { input: 0, output: 25 } } }', ['error cheaper-model 2:35']],
    ['models: { opus: { price: { input: 5, output: 25, cache_read: 0 } } }', ['error cheaper-model 2:62']],
    ['models: { gateway/opus: { price: { input: 5, output: 24 } } }', ['error cheaper-model 2:54']],
    ['models: { opus: { window: 1000 }, claude-opus-4-7: { window: 1000 } }', ['error same-model 2:35']],
    ['models: { opus: { price: { input: 50, output: 250 } } }', []],
  ])('of a file that is wrong in %s', (text, expected) => {
    expect(problems('sonnet', text)).toEqual(expected);
  });

  it('names the variable of the environment that is wrong', () => {
    const models = { qwen: { price: { input: 'free', output: 1 } } };
    expect(() => load('sonnet', '', { models })).toThrow(/GAFFER_MODELS: .*qwen\.price\.input must be a number/);
  });

  it('tells who asked for longer answers than it gives, and nobody else', () => {
    expect(problems('claude-3-haiku-20240307', '')).toEqual([]);
    expect(problems('claude-3-haiku-20240307', '', { maxTokens: 10_000 })).toEqual(['warning long-answers 1:1']);
    expect(load('claude-3-haiku-20240307', '', { maxTokens: 10_000 }).plan.agents['worker']!.maxTokens).toBe(4096);
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { convertDefinition } from '../../../../src/definition/convert.ts';
import type { PlanContext } from '../../../../src/definition/load-plan.ts';
import { loadPlan } from '../../../../src/definition/load-plan.ts';
import { scriptAgentOf } from '../../../../src/domain/plan/script-agents.ts';
import { toScriptKey } from '../../../../src/domain/plan/scripts.ts';
import { registryOf } from '../registry-of.ts';

const root = mkdtempSync(join(tmpdir(), 'script-'));
afterAll(() => rmSync(root, { recursive: true }));

const context: PlanContext = { agents: registryOf('general', 'critic', 'writer', 'judge'), cwd: root };
const meta = `export const meta = { name: 'Tea {{ x }}', description: 'makes \${{ tea }}', phases: [{ title: 'Boil' }] }\n`;

function load(text: string, more: Partial<PlanContext> = {}, file = join(root, 'tea.js')) {
  return loadPlan({ kind: 'text', text, file }, { ...context, ...more });
}

describe('a workflow script', () => {
  it('is a plan of one node with its source, which returns what the run is for', () => {
    const text = `${meta}return agent('Boil')`;
    const { plan, warnings } = load(text, { limits: { usd: 2 } });
    expect(warnings).toEqual([]);
    expect(plan).toMatchObject({ name: 'Tea {{ x }}', description: 'makes ${{ tea }}', limits: { usd: 2 } });
    expect(plan).toMatchObject({ phases: [], defaultAgent: 'general', outputs: { result: 'tasks.script.output' } });
    expect(plan.tasks).toMatchObject([{ id: 'script', reuse: 'never', script: { source: text, children: {} } }]);
    expect(plan.tasks[0]!.script).not.toHaveProperty('args');
    expect(Object.keys(plan.agents)).toEqual(['general']);
  });

  it.each([
    ['a name that ends in .mjs', { file: 'x.mjs', text: meta }, {}],
    ['its first statement', { file: 'x', text: `\ufeff#!/usr/bin/env node\r\n// mine\n/* a * b */\n${meta}` }, {}],
    ['the option', { file: 'x.txt', text: meta }, { format: 'script' }],
  ])('is known by %s', (_by, { file, text }, more) => {
    expect(load(text, more, file).plan.tasks).toMatchObject([{ id: 'script' }]);
  });

  it.each([
    [{}, undefined],
    [
      { n: '5', list: '[1, {"a": 2}]', text: '[broken', given: [1] },
      { n: '5', list: [1, { a: 2 }], text: '[broken', given: [1] },
    ],
    [{ args: '{"a": 1}' }, { a: 1 }],
    [{ args: 'true' }, 'true'],
  ])('gets the inputs %j as its args', (inputs, args) => {
    const { plan } = load(meta, { inputs });
    expect(plan.tasks[0]!.script!.args).toEqual(args);
    expect(plan.inputs).toEqual(inputs);
  });

  it.each([
    ["agent('x', { agentType: 'critic' })", ['general', 'critic']],
    ["const who = { a: 'judge' }; agent('x', { agentType: who.a })", ['general', 'judge', 'critic', 'writer']],
    ["agent('x', { agentType })", ['general', 'critic', 'writer', 'judge']],
    ['agent(\'the critic and the "judges"\')', ['general']],
  ])('keeps the agents that %s may ask', (body, names) => {
    expect(Object.keys(load(meta + body).plan.agents)).toEqual(names);
  });

  it('keeps agents that its args name', () => {
    expect(Object.keys(load(meta, { inputs: { who: 'writer' } }).plan.agents)).toEqual(['general', 'writer']);
  });

  it('means the general agent by the kinds that coding assistants bring, and nobody by an unknown one', () => {
    const { plan } = load(`${meta}agent('x', { agentType: 'critic' })`);
    expect([null, 'critic', 'Explore', 'nobody', '', 'toString'].map((type) => scriptAgentOf(plan, type))).toEqual([
      'general',
      'critic',
      'general',
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('is told what is wrong with it, with line and column, and needs a general agent', () => {
    expect(() => load(`${meta}\n  const = 1`)).toThrow(/tea\.js:3:\d+: error: .*\(script-syntax\)/);
    expect(() => load(meta, { agents: registryOf('critic') })).toThrow('"general"');
  });

  it('cannot be made a native file, and says why', () => {
    const source = { kind: 'text', text: meta, file: 'tea.js' } as const;
    expect(() => convertDefinition(source, {})).toThrow('what it asks is decided as it runs, so there are no tasks');
  });

  it('says that isolation is not there yet', () => {
    const { warnings } = load(`${meta}agent('x', { isolation: 'worktree' })`);
    expect(warnings).toMatchObject([{ code: 'not-acting', severity: 'warning' }]);
  });

  it('keeps the scripts that it may call: by name beside it and in .claude/workflows, by path only there', () => {
    const folder = join(root, '.claude', 'workflows');
    mkdirSync(folder, { recursive: true });
    const child = (name: string) => `export const meta = { name: '${name}', description: 'd' }\nreturn 1`;
    writeFileSync(join(folder, 'any-file.js'), child('by-name'));
    writeFileSync(join(root, 'near.js'), child('near'));
    writeFileSync(join(root, 'broken.js'), 'export const meta = {');
    const body = `workflow('by-name'); workflow({ scriptPath: './near.js' }); workflow('nobody')
workflow({ scriptPath: '../../etc/x.js' }); workflow({ scriptPath: './broken.js' })`;
    const { plan, warnings } = load(meta + body);
    const { children } = plan.tasks[0]!.script!;
    const at = (name: Parameters<typeof toScriptKey>[0]) => children[toScriptKey(name)];
    expect(at({ name: 'by-name' })).toEqual({ file: join(folder, 'any-file.js'), source: child('by-name') });
    expect(at({ scriptPath: './near.js' })).toEqual({ file: join(root, 'near.js'), source: child('near') });
    expect(at({ name: 'nobody' })).toMatchObject({
      problem: expect.stringContaining('no script named "nobody"') as string,
    });
    expect(at({ scriptPath: '../../etc/x.js' })).toHaveProperty('problem');
    expect(at({ scriptPath: './broken.js' })).toHaveProperty('problem');
    expect(warnings.map(({ code }) => code)).toEqual(['script-child', 'script-child', 'script-child']);
  });
});

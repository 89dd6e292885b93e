import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { convertDefinition } from '../../../src/definition/convert.ts';
import type { FormatOptions, PlanSource } from '../../../src/definition/formats/open-definition.ts';
import type { PlanContext } from '../../../src/definition/load-plan.ts';
import { loadPlan } from '../../../src/definition/load-plan.ts';
import { findWorkflowIn } from '../../../src/definition/nested/find-workflow.ts';
import type { JsonValue } from '../../../src/domain/json.ts';
import { fc, runs } from '../../support/base/properties.ts';
import { blockWith, literalOf, requestWith } from '../../support/plan/samples.ts';
import { registryOf } from './registry-of.ts';

const names = ['backend-architect', 'test-automator', 'database-optimizer', 'frontend-developer', 'aider', 'codex'];
const context: PlanContext = { agents: registryOf(...names), cwd: '/project' };
const root = mkdtempSync(join(tmpdir(), 'convert-'));
afterAll(() => rmSync(root, { recursive: true }));

/** The text of a native file, once it gives the same plan. */
function expectSamePlan(source: PlanSource, options: FormatOptions = {}): string {
  const { text } = convertDefinition(source, options);
  const { findWorkflow, writtenTo: file = 'other.yaml' } = options;
  const native = loadPlan({ kind: 'text', text, file }, { ...context, findWorkflow, format: 'native' });
  expect(native.plan).toEqual(loadPlan(source, { ...context, ...options }).plan);
  return text;
}

function objectOf(value: JsonValue): PlanSource {
  return { kind: 'object', value, name: 'mine' };
}

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1 }),
  fc.constantFrom('${{ x }}', '$${{', '{{ task }}', ' - x: #y\n\n', 'a\r\nb\t ', '~', '012', '"', "it's"),
);
const words = fc.array(anyText, { minLength: 1, maxLength: 3 }).map((all) => `x${all.join('')}`);
const data = fc.dictionary(fc.oneof(words, fc.constantFrom('<<', '__proto__', 'y')), fc.jsonValue());

// What no file may hold, of which its own tests say enough.
function isPlain(value: JsonValue): boolean {
  const text = JSON.stringify(value);
  return !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]|\\u[0-9a-f]{4}/.test(text) && text.isWellFormed();
}

describe('convertDefinition', () => {
  it('makes a native file of a task list that people can read', () => {
    const source: PlanSource = { kind: 'text', text: requestWith('task-list', '"workflowName"'), file: 'request.json' };
    const text = expectSamePlan(source);
    expect(text).toContain('name: Custom API Development\n');
    expect(text).toContain('    profile: test-automator\n');
    expectSamePlan(objectOf(literalOf('task-list', 'tasks: AgentTask[]')));
  });

  it('makes one of a folder of workstreams with its pool', () => {
    const folder = join(root, 'workstreams');
    mkdirSync(folder);
    writeFileSync(join(root, 'agents.yaml'), blockWith('workstreams', '- id: agent-1'));
    for (const [index, track] of ['pipeline_plus', 'core_refactor', 'error_engine', null].entries()) {
      const more = { ...(index > 0 && { depends_on: [`ws-${index - 1}`] }), ...(track !== null && { track }) };
      writeFileSync(
        join(folder, `ws-${index}.json`),
        JSON.stringify({ id: `ws-${index}`, tool: 'codex', tasks: ['one', 'two: "x"'], title: 'T', ...more }),
      );
    }
    const text = expectSamePlan({ kind: 'file', file: folder });
    expect(text).toContain('name: workstreams\n');
    expect(text).toContain('error_engine:\n    - ws-2\n');
  });

  it('gives the same plan whatever texts, names and data stand in it', () => {
    const anyTask = fc.record(
      {
        agentName: fc.constantFrom('aider', 'codex'),
        prompt: words,
        description: words,
        priority: fc.integer({ min: 1, max: 10 }),
        maxTokens: fc.integer({ min: 1, max: 90_000 }),
        model: fc.constantFrom('claude-haiku', 'claude-opus-4-1'),
        context: data,
      },
      { requiredKeys: ['agentName', 'prompt'] },
    );
    const anyList = fc
      .array(anyTask, { minLength: 1, maxLength: 4 })
      .map((tasks) =>
        tasks.map((task, index) => ({ id: `t${index}`, dependencies: index ? [`t${index - 1}`] : [], ...task })),
      );
    fc.assert(
      fc.property(anyList, (tasks) => {
        fc.pre(isPlain(tasks as unknown as JsonValue));
        expectSamePlan(objectOf({ workflowName: 'x', tasks } as unknown as JsonValue));
      }),
      runs(60),
    );
  });

  it('gives the same plan of workstreams that run as a workflow, whatever stands in them', () => {
    writeFileSync(
      join(root, 'change.yaml'),
      `inputs: { id: {}, title: {}, tool: {}, tasks: { type: array }, files_scope: { type: array }, context: { type: object } }
tasks: [{ id: a, profile: aider, prompt: "\${{ inputs.id }}" }]
`,
    );
    const findWorkflow = findWorkflowIn({ cwd: root, agentsFor: () => context.agents });
    const anyWorkstream = fc.record({ tasks: fc.array(words), title: words, files_scope: fc.array(words), more: data });
    fc.assert(
      fc.property(fc.array(anyWorkstream, { minLength: 1, maxLength: 3 }), (all) => {
        fc.pre(isPlain(all as unknown as JsonValue));
        const workstreams = all.map(({ more, ...one }, index) => ({ ...more, ...one, id: `ws-${index}` }));
        const text = JSON.stringify({ workstreams, patterns: [{ match: 'ws-?', use: 'change.yaml' }] });
        const source = { kind: 'text', text, file: join(root, 'ws.json') } as const;
        expectSamePlan(source, { findWorkflow, writtenTo: join(root, 'other.yaml') });
      }),
      runs(10),
    );
  });

  it('refuses what cannot be read, and what one file cannot hold', () => {
    expect(() => convertDefinition(objectOf({ workflowName: 'x', tasks: [{ id: 5, agentName: 'a' }] }), {})).toThrow(
      /tasks\[0\]\.id must be text[\s\S]*"prompt" is missing/,
    );
    const long = Array.from({ length: 2 }, (_, index) => ({
      id: `t${index}`,
      agentName: 'aider',
      prompt: '{'.repeat(131_000),
    }));
    expect(() => convertDefinition(objectOf({ workflowName: 'x', tasks: long }), {})).toThrow(/larger than 256 KB/);
  });
});

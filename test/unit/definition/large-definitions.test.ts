import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDefinition } from '../../../src/cli/work/read-definition.ts';
import { loadPlan } from '../../../src/definition/load-plan.ts';
import { DefinitionError } from '../../../src/definition/source/diagnostic.ts';
import { longestInput, ownBounds, type SourceBounds, usualBounds } from '../../../src/domain/source/source-bounds.ts';
import type { Plan } from '../../../src/domain/plan/plan.ts';
import { tempFolder } from '../../support/base/temp-folder.ts';
import { writeProject } from '../../support/command/cli.ts';
import { testContext } from '../../support/command/test-context.ts';
import { registryOf } from './registry-of.ts';

const tasks = 10_000;
const lines = Array.from(
  { length: tasks },
  (_, index) =>
    `- { id: task-${index}, profile: coder, prompt: "Look at part ${index} of the archive, and say what stands in it.", depends_on: [${index < 10 ? '' : `task-${index - 10}`}] }\n`,
);
const text = `name: large\ntasks:\n${lines.join('')}`;

function load(bounds: SourceBounds | undefined, written = text, inputs = {}): Plan {
  const context = { agents: registryOf('coder'), cwd: '/p', bounds, inputs };
  return loadPlan({ kind: 'text', text: written, file: 'large.yaml' }, context).plan;
}

function refusal(work: () => unknown): Pick<DefinitionError['diagnostics'][number], 'code' | 'message' | 'hint'> {
  try {
    work();
  } catch (error) {
    if (error instanceof DefinitionError) return error.diagnostics[0]!;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('a file of 10,000 tasks', () => {
  it('is read where it is one of your own', () => {
    const plan = load(ownBounds);
    expect(plan.tasks).toHaveLength(tasks);
    expect(plan.tasks.at(-1)).toMatchObject({ id: 'task-9999', dependsOn: [{ task: 'task-9989' }] });
  });

  it('is refused where it comes from others, and says what raises the limit', () => {
    const { code, hint } = refusal(() => load(usualBounds));
    expect({ code, hint }).toEqual({ code: 'too-large', hint: expect.stringContaining('GAFFER_MAX_FILE') as string });
    const nodes = refusal(() => load({ ...ownBounds, nodes: usualBounds.nodes }));
    expect(nodes).toMatchObject({ code: 'too-many-nodes', message: 'more than 20000 values and keys' });
    expect(nodes.hint).toContain('GAFFER_MAX_NODES');
  });

  it('says nothing of raising where nothing can be raised', () => {
    expect(refusal(() => load(undefined)).hint).toBeNull();
  });
});

describe('gaffer plan', () => {
  it.each(['large.yaml', 'large.json'])('takes such a file: %s', async (name) => {
    const cwd = writeProject(tempFolder(), { 'agents/coder.md': '---\nname: coder\n---\nYou code.\n' });
    const value = {
      name: 'large',
      tasks: Array.from({ length: 3000 }, (_, index) => ({
        id: `t${index}`,
        profile: 'coder',
        prompt: 'x'.repeat(100),
      })),
    };
    writeFileSync(join(cwd, name), JSON.stringify(value));
    const { context } = testContext(cwd, { HOME: cwd });
    const { plan } = await readDefinition(context, { kind: 'file', file: name }, {});
    expect(plan.tasks).toHaveLength(3000);
  });
});

describe('an input', () => {
  const file = 'inputs: { text: {} }\ntasks:\n- { profile: coder, prompt: "Sum up: ${{ inputs.text }}" }\n';

  it('of 5 MB is part of the plan, and of a prompt', () => {
    const given = 'x'.repeat(longestInput);
    const plan = load(undefined, file, { text: given });
    expect(plan.inputs['text']).toBe(given);
    expect(plan.tasks[0]!.prompt).toBe(`Sum up: ${given}`);
  });

  it('that is longer is refused', () => {
    const over = 'x'.repeat(longestInput + 1);
    for (const [type, text] of [
      ['string', over],
      ['object', { a: over }],
      ['array', [over]],
    ] as const) {
      const { code, message } = refusal(() =>
        load(undefined, file.replace('text: {}', `text: { type: ${type} }`), { text }),
      );
      expect({ code, message }).toEqual({ code: 'bad-input', message: 'the input "text" is longer than 5 MB' });
    }
  });

  it('fills prompts up to 16 MB together', () => {
    const many = `${file}${'- { profile: coder, prompt: "${{ inputs.text }}" }\n'.repeat(3)}`;
    const { code, message } = refusal(() => load(undefined, many, { text: 'x'.repeat(longestInput) }));
    expect({ code, message }).toMatchObject({ code: 'too-large', message: expect.stringContaining('16 MB') as string });
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { editPlan, readEdits, toEdits } from '../../../../src/client/start/plan-edits.ts';
import { plan, task } from '../../../support/plan/builders.ts';

const before = plan({
  inputs: { goal: 'tests', port: 80, isDry: true, spare: null },
  tasks: [
    task({ id: 'build' }),
    task({
      id: 'ship',
      when: 'inputs.port > 0 && !inputs.isDry && inputs.spare == null',
      dependsOn: [{ task: 'build', on: 'all_success', from: 'explicit' }],
    }),
  ],
});
const edit = async (...edits: string[]) => editPlan(before, toEdits(readEdits(edits, process.cwd())));

describe('editPlan', () => {
  it('changes prompt, model, limits and inputs, and leaves the plan it was given alone', async () => {
    const copy = structuredClone(before);
    const after = await edit(
      ...['prompt.build=Build it = in Go.', 'model.worker=opus', 'limits.usd=10', 'limits.max_parallel=2'],
      ...['limits.timeout=30m', 'limits.on_exceeded=pause', 'input.port=90'],
    );
    expect(after.tasks[0]).toMatchObject({ prompt: 'Build it = in Go.', template: null });
    expect(after.agents['worker']?.model).toBe('claude-opus-4-7');
    const elsewhere = await editPlan(before, toEdits({ 'model.worker': 'gateway/haiku' }));
    expect(elsewhere.agents['worker']).toMatchObject({ provider: 'gateway', model: 'claude-haiku-4-5' });
    expect((await editPlan(elsewhere, toEdits({ 'model.worker': 'haiku' }))).agents['worker']).not.toHaveProperty(
      'provider',
    );
    expect(after.limits).toMatchObject({ usd: 10, maxParallel: 2, timeoutMs: 1_800_000, onExceeded: 'pause' });
    expect(after.inputs).toEqual({ goal: 'tests', port: 90, isDry: true, spare: null });
    expect(before).toEqual(copy);
  });

  it('takes expressions of a new prompt apart', async () => {
    const after = await edit('prompt.ship=Ship ${{ tasks.build.output }} now');
    expect(after.tasks[1]?.template).toEqual(['Ship ', { expression: 'tasks.build.output' }, ' now']);
    await expect(edit('prompt.ship=${{ 1 + }}')).rejects.toThrow('prompt.ship');
  });

  it('lets characters of an expression stand for themselves, as in a file', async () => {
    const after = await edit('prompt.build=Write $${{ x }} here', 'prompt.ship=$${{ a ${{ tasks.build.output }}');
    expect(after.tasks[0]).toMatchObject({ prompt: 'Write ${{ x }} here', template: null });
    expect(after.tasks[1]?.template).toEqual(['${{ a ', { expression: 'tasks.build.output' }]);
  });

  it('takes inputs into a prompt, also one with a hyphen, and changes it for the prompt', async () => {
    const withHyphen = { ...before, inputs: { ...before.inputs, 'base-url': 'x' } };
    const after = await editPlan(
      withHyphen,
      toEdits({ 'prompt.build': 'At ${{ inputs.base-url }} ${{ inputs.port }}', 'input.base-url': 'y' }),
    );
    expect(after.inputs).toMatchObject({ 'base-url': 'y' });
    expect(after.tasks[0]?.template).toEqual([
      'At ',
      { expression: 'inputs.base_url' },
      ' ',
      { expression: 'inputs.port' },
    ]);
  });

  it.each([
    ['input.isDry=false', { isDry: false }],
    ['input.port=1.5', { port: 1.5 }],
    ['input.spare=7', { spare: 7 }],
    ['input.spare=words', { spare: 'words' }],
  ])('gives %s the type that the input has', async (wanted, inputs) => {
    expect((await edit(wanted)).inputs).toMatchObject(inputs);
  });

  it('reads a value from a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gaffer-edits-'));
    try {
      writeFileSync(join(folder, 'prompt.md'), 'From a file.');
      const after = await editPlan(before, toEdits(readEdits(['prompt.build=@prompt.md'], folder)));
      expect(after.tasks[0]?.prompt).toBe('From a file.');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    ['prompt.biuld=x', 'did you mean "build"?'],
    ['prompt.build= ', 'empty'],
    ['prompt.build=After ${{ tasks.ship.output }}', '"build" does not wait for it'],
    ['prompt.ship=After ${{ tasks.bild.output }}', 'unknown task "bild"; did you mean "build"?'],
    ['prompt.ship=Hi ${{ inputs.prot }}', 'unknown input "prot"; did you mean "port"?'],
    ['prompt.ship=Hi ${{ inputs.nope }}', 'unknown input "nope"; known are: goal, port'],
    ['prompt.ship=Hi ${{ inputs.port', 'an expression begins here and is not closed; close it with }}'],
    ['prompt.ship=Hi ${{ input.port }}', 'unknown name "input"; did you mean "inputs"?'],
    ['prompt.ship=Hi ${{ item }}', '"item" has no value here'],
    ['prompt.ship=Hi ${{ inputs.port.host }}', 'prompt.ship'],
    ['model.wroker=opus', 'did you mean "worker"?'],
    ['model.worker=gpt', 'unknown model "gpt"'],
    ['model.worker=zzzzzzzz', /unknown model "zzzzzzzz"; known are: .*opus/],
    ['limits.usb=3', 'did you mean "usd"?'],
    ['limits.usd=0', 'usd must be more than 0, but is 0'],
    ['limits.usd=1000000', 'usd must be at most 100000'],
    ['limits.usd=', 'usd must be a number'],
    ['limits.tokens=1.5', 'tokens must be a whole number'],
    ['limits.tokens=1e30', 'tokens must be'],
    ['limits.max_parallel=0.5', 'max_parallel must be a whole number'],
    ['limits.max_parallel=2000', 'max_parallel must be at most 1000'],
    ['limits.on_exceeded=wait', 'pause or fail'],
    ['limits.timeout=soon', '10m'],
    ['limits.timeout=90d', 'at most 30d'],
    ['input.port=abc', 'the input "port" must be a number, but is "abc"'],
    ['input.isDry=5', 'the input "isDry" must be true or false, but is "5"'],
    ['input.prot=1', 'did you mean "port"?'],
    ['input.goal=more', 'gaffer run FILE --reuse RUN --input goal='],
    ['color.build=red', 'prompt.TASK=TEXT'],
    ['prompt.build', 'prompt.TASK=TEXT'],
  ] as const)('refuses %j with the way out', async (wrong, message) => {
    await expect(edit(wrong)).rejects.toThrow(message);
  });
});

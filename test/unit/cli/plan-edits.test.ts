import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { editPlan } from '../../../src/cli/plan-edits.ts';
import { plan, task } from '../../support/builders.ts';

const before = plan({
  inputs: { goal: 'tests', port: 80 },
  tasks: [
    task({ id: 'build' }),
    task({ id: 'ship', when: 'inputs.port > 0', dependsOn: [{ task: 'build', on: 'all_success', from: 'explicit' }] }),
  ],
});
const edit = (...edits: string[]) => editPlan(before, edits, process.cwd());

describe('editPlan', () => {
  it('changes prompt, model, limits and inputs, and leaves the plan it was given alone', async () => {
    const copy = structuredClone(before);
    const after = await edit(
      ...['prompt.build=Build it = in Go.', 'model.worker=opus', 'limits.usd=10', 'limits.max_parallel=2'],
      ...['limits.timeout=30m', 'limits.on_exceeded=pause', 'input.port=90'],
    );
    expect(after.tasks[0]).toMatchObject({ prompt: 'Build it = in Go.', template: null });
    expect(after.agents['worker']?.model).toBe('claude-opus-4-7');
    expect(after.limits).toMatchObject({ usd: 10, maxParallel: 2, timeoutMs: 1_800_000, onExceeded: 'pause' });
    expect(after.inputs).toEqual({ goal: 'tests', port: 90 });
    expect(before).toEqual(copy);
  });

  it('takes expressions of a new prompt apart', async () => {
    const after = await edit('prompt.ship=Ship ${{ tasks.build.output }} now');
    expect(after.tasks[1]?.template).toEqual(['Ship ', { expression: 'tasks.build.output' }, ' now']);
    await expect(edit('prompt.ship=${{ 1 + }}')).rejects.toThrow('prompt.ship');
  });

  it('reads a value from a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gaffer-edits-'));
    try {
      writeFileSync(join(folder, 'prompt.md'), 'From a file.');
      const after = await editPlan(before, ['prompt.build=@prompt.md'], folder);
      expect(after.tasks[0]?.prompt).toBe('From a file.');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    ['prompt.biuld=x', 'did you mean "build"?'],
    ['prompt.build= ', 'empty'],
    ['prompt.build=After ${{ tasks.ship.output }}', '"build" does not wait for it'],
    ['prompt.ship=After ${{ tasks.bild.output }}', 'there is no task "bild"'],
    ['model.wroker=opus', 'did you mean "worker"?'],
    ['model.worker=gpt', 'unknown model "gpt"'],
    ['limits.usb=3', 'did you mean "usd"?'],
    ['limits.usd=0', 'above 0'],
    ['limits.timeout=soon', '30m'],
    ['input.prot=1', 'did you mean "port"?'],
    ['input.goal=more', 'gaffer run FILE --reuse RUN --input goal='],
    ['color.build=red', 'prompt.TASK=TEXT'],
    ['prompt.build', 'prompt.TASK=TEXT'],
  ])('refuses %j with the way out', async (wrong, message) => {
    await expect(edit(wrong)).rejects.toThrow(message);
  });
});

import { describe, expect, it } from 'vitest';
import { execute } from '../../../../src/cli/templates/templates.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';
import { expectDocumented } from '../../../support/command/documented.ts';
import { testContext } from '../../../support/command/test-context.ts';

async function gaffer(args: string[], options: Parameters<typeof execute>[2] = {}) {
  const { context, out, err } = testContext(tempFolder());
  expect(await execute(context, args, options)).toBe(0);
  if (options.json) expectDocumented(['templates', ...args, '--json'], out());
  return { out: out(), err: err() };
}

describe('gaffer templates', () => {
  it('lists what runs by name, as the interface of task lists has it', async () => {
    const entries = JSON.parse((await gaffer([], { json: true, tag: ['owasp'] })).out) as object[];
    expect(entries).toEqual([
      {
        ...{ id: 'security-audit', name: 'Security Audit', description: expect.any(String), category: 'security' },
        ...{ tags: ['security', 'audit', 'owasp', 'vulnerability'], estimatedDuration: 240, complexity: 'complex' },
      },
    ]);
    expect((await gaffer(['list'])).out).toMatch(
      /^Template .*\n(.*\n)*code-review +quality +moderate +2:30 +Reviews a change/,
    );
  });

  it.each([
    [{ category: 'testing' }, ['testing-suite']],
    [{ tag: ['owasp,e2e'] }, ['security-audit', 'testing-suite']],
    [{ category: 'testing', tag: ['owasp'] }, []],
  ])('lists those of %j alone', async (options, ids) => {
    const entries = JSON.parse((await gaffer(['list'], { ...options, json: true })).out) as { id: string }[];
    expect(entries.map(({ id }) => id)).toEqual(ids);
  });

  it('shows one with its inputs, tasks, agents and outputs', async () => {
    const shown = JSON.parse((await gaffer(['show', 'testing-suite'], { json: true })).out) as object;
    expect(shown).toMatchObject({
      parameters: { coverage: { type: 'integer', minimum: 0, maximum: 100, default: 80 } },
      outputs: ['report', 'coverage'],
    });
    const { out } = await gaffer(['show', 'testing-suite']);
    expect(out).toContain('full | unit | integration | e2e');
    expect(out).toMatch(/integration-tests +test-automator +test-strategy, unit-tests-backend/);
  });

  it.each([
    [['show'], 'which one?'],
    [['show', 'code-reviw'], 'there is no template "code-reviw"; did you mean "code-review"?'],
    [['shwo', 'x'], 'there is no `gaffer templates shwo`'],
  ])('tells of %j what is wrong', async (args, message) => {
    await expect(gaffer(args)).rejects.toThrow(message);
  });
});

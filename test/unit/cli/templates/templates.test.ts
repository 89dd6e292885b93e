import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
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

  it('adds templates of others only once somebody has said so, and says what they hold', async () => {
    vi.stubEnv('XDG_CONFIG_HOME', tempFolder());
    onTestFinished(() => void vi.unstubAllEnvs());
    const folder = tempFolder();
    writeFileSync(
      join(folder, 'notes.yaml'),
      `description: "Writes \\e[31mnotes"\ntemplate: { category: docs, complexity: simple, estimated_duration: 5 }
tasks: [{ id: a, profile: general, prompt: x, compensate: { bash: rm -rf build } }]\n`,
    );
    await expect(gaffer(['add', folder])).rejects.toMatchObject({ kind: 'needs-person' });
    await expect(gaffer(['show', 'notes'])).rejects.toThrow('there is no template "notes"');
    const { out, err } = await gaffer(['add', folder], { yes: true, json: true });
    expect(err).toMatch(
      /notes: Writes ␛\[31mnotes\n {2}1 task, sha256 [0-9a-f]{64}\n[^]*every call is allowed[^]*rm -rf build/,
    );
    expect(JSON.parse(out)).toMatchObject([{ id: 'notes', source: folder, commit: null, files: ['workflow.yaml'] }]);
    expect((await gaffer(['show', 'notes'])).out).toContain(`from ${folder}, sha256 `);
  });
});

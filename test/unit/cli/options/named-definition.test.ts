import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { namedDefinition } from '../../../../src/cli/options/named-definition.ts';

const examples = fileURLToPath(new URL('../../../../examples/', import.meta.url));
const team = join(examples, 'team');
let cwd: string;
beforeEach(() => void (cwd = mkdtempSync(join(tmpdir(), 'gaffer-named-'))));
afterEach(() => rmSync(cwd, { recursive: true }));

describe('namedDefinition', () => {
  it('is the named file or, with a feature, the team of the folder, or the usual one', async () => {
    const fileOf = async (...args: Parameters<typeof namedDefinition>) => {
      const source = await namedDefinition(...args);
      return source.kind === 'file' ? source.file : null;
    };
    expect(await fileOf(team, 'w.yaml', { feature: 'x' })).toBe('w.yaml');
    expect(await fileOf(team, undefined, { feature: 'x' })).toBe('orchestrator-config.json');
    expect(await fileOf(team, undefined, { feature: 'x', config: 'mine.json' })).toBe('mine.json');
    const usual = await namedDefinition(cwd, undefined, { feature: 'x' });
    expect(usual).toMatchObject({ kind: 'object', name: 'team', value: { coordination: { max_parallel: 1 } } });
  });

  it('is a task with its requirements, as JSON, or in a file of data or of words', async () => {
    const valueOf = async (requirements: string) =>
      namedDefinition(cwd, undefined, { task: 'Build it.', requirements });
    writeFileSync(join(cwd, 'r.yaml'), 'vector_search: true\n');
    writeFileSync(join(cwd, 'r.md'), '# Must\n- be quick: always\n');
    expect(await valueOf(' {"method": "POST"}')).toMatchObject({
      ...{ kind: 'object', value: { task: 'Build it.', requirements: { method: 'POST' } } },
    });
    expect(await valueOf('r.yaml')).toMatchObject({ value: { requirements: { vector_search: true } } });
    expect(await valueOf('r.md')).toMatchObject({ value: { requirements: '# Must\n- be quick: always\n' } });
  });

  it.each([
    ['nothing', undefined, {}, 'name a workflow file, or give --task "…" or --feature "…".'],
    ['two files', 'a', { config: 'b' }, 'give a file or --config, not both.'],
    ['a file and a task', 'a', { task: 'b' }, 'give a file or --task, not both.'],
    ['a task and a feature', undefined, { task: 'a', feature: 'b' }, 'give --task or --feature, not both.'],
    ['requirements of nothing', 'a', { requirements: '{}' }, '--requirements belongs to --task'],
    [
      'requirements that are not there',
      undefined,
      { task: 'a', requirements: 'no.json' },
      /there is no file .*no\.json/,
    ],
    ['a blank task', undefined, { task: ' ' }, '--task is blank: say in words what is to be done.'],
    ['a blank feature', 'team.json', { feature: '' }, '--feature is blank: say in words what is to be built.'],
    ['broken JSON', undefined, { task: 'a', requirements: '{"a": ' }, /--requirements:1:\d+: error/],
    ['control characters', undefined, { task: 'a', requirements: '{"a": "\u0007"}' }, /control character U\+0007/],
    ['a nest of lists', undefined, { task: 'a', requirements: `{"a": ${'['.repeat(9000)}` }, /nested deeper than 64/],
    ['megabytes', undefined, { task: 'a', requirements: `{"a": "${'x'.repeat(300_000)}"}` }, /larger than 256 KB/],
  ])('refuses %s', async (_, named, options, message) => {
    await expect(namedDefinition(cwd, named, options)).rejects.toThrow(message);
  });

  it('refuses a file of ten megabytes without reading it', async () => {
    writeFileSync(join(cwd, 'r.json'), `{"a": "${'x'.repeat(10_000_000)}"}`);
    const named = namedDefinition(cwd, undefined, { task: 'a', requirements: 'r.json' });
    await expect(named).rejects.toThrow(/r\.json: error: .*larger than 256 KB/);
  });
});

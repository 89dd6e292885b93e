import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import { loadDefinition } from '../../../../src/client/start/load-definition.ts';
import { defineTemplate } from '../../../../src/client/define-template.ts';
import { fileToTrust, openTrustStore } from '../../../../src/config/trust-store.ts';
import { buildDefinition } from '../../../../src/definition/built-template.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';

const release = defineTemplate({
  id: 'release-notes',
  name: 'Release notes',
  parameters: {
    since: { min_length: 1 },
    depth: { type: 'integer', minimum: 1, maximum: 9, default: 3 },
    audiences: { type: 'array', items: { type: 'string' }, default: ['users'] },
    tone: { enum: ['plain', 'proud'], required: false },
  },
  buildTasks: ({ since, depth, audiences, tone }) => {
    expectTypeOf(since).toEqualTypeOf<string>();
    expectTypeOf(depth).toEqualTypeOf<number>();
    expectTypeOf(audiences).toEqualTypeOf<string[]>();
    expectTypeOf(tone).toEqualTypeOf<'plain' | 'proud' | null>();
    return audiences.map((audience) => ({
      id: audience,
      agentName: 'changelog-writer',
      prompt: `Since ${since}, for ${audience}, ${depth} deep, ${tone ?? 'as it is'}.`,
    }));
  },
});

describe('a template in code', () => {
  it('builds tasks of checked values, defaults filled in and text converted', () => {
    expect(buildDefinition(release, { since: 'v1', depth: '5' })).toEqual({
      workflowName: 'Release notes',
      tasks: [{ id: 'users', agentName: 'changelog-writer', prompt: 'Since v1, for users, 5 deep, as it is.' }],
    });
  });

  it('may build tasks as a workflow file has them, or a whole definition', () => {
    const tasks = [{ id: 'a', profile: 'general', prompt: 'x' }];
    expect(buildDefinition({ id: 'x', description: 'd', buildTasks: () => tasks }, {})).toEqual({
      name: 'x',
      description: 'd',
      tasks,
    });
    const definition = { phases: [{ name: 'One', tasks }] };
    expect(buildDefinition({ id: 'x', name: 'X', buildTasks: () => definition }, {})).toEqual({
      name: 'X',
      ...definition,
    });
  });

  it.each<[string, object, JsonObject, RegExp]>([
    ['a value beyond a bound', release, { since: 'v1', depth: 10 }, /"depth" must be from 1 to 9/],
    ['a missing value', release, {}, /"since" is required/],
    ['an unknown one', release, { since: 'v1', dept: 1 }, /did you mean "depth"\?/],
    ['a wrong declaration', { ...release, parameters: { a: { typ: 'string' } } }, {}, /unknown key "typ" in inputs\.a/],
    ['tasks that are none', { id: 'x', buildTasks: () => 5 }, {}, /neither a list of tasks nor a definition/],
    ['what is no JSON', { id: 'x', buildTasks: () => [{ id: 1n }] }, {}, /no JSON/],
  ])('tells of %s', (_, template, inputs, message) => {
    expect(() => buildDefinition(template as typeof release, inputs)).toThrow(message);
  });
});

describe('a module with a template', () => {
  beforeEach(() => {
    vi.stubEnv('XDG_CONFIG_HOME', tempFolder());
    return () => vi.unstubAllEnvs();
  });

  const load = (cwd: string, file: string) =>
    loadDefinition({ kind: 'file', file }, { cwd, inputs: { what: 'it' }, looksForFolders: false });

  it('is loaded only once its text is trusted, and then runs as what it builds', async () => {
    const cwd = tempFolder();
    const file = join(cwd, 'mine.mjs');
    const text = `// defineTemplate\nglobalThis.gafferLoaded = true;
export const mine = { id: 'mine', parameters: { what: {} },
  buildTasks: ({ what }) => [{ id: 'do', agentName: 'general', prompt: 'Do ' + what + '.' }] };\n`;
    writeFileSync(file, text);
    await expect(load(cwd, 'mine.mjs')).rejects.toMatchObject({ kind: 'needs-person', thing: { kind: 'template' } });
    expect(globalThis).not.toHaveProperty('gafferLoaded');
    openTrustStore().grant(fileToTrust('template', file, text));
    const { plan, file: named } = await load(cwd, 'mine.mjs');
    expect(named).toBe(file);
    expect(plan).toMatchObject({ name: 'mine', tasks: [{ id: 'do', agent: 'general', prompt: 'Do it.' }] });
    writeFileSync(file, `${text}// changed`);
    await expect(load(cwd, 'mine.mjs')).rejects.toMatchObject({ kind: 'needs-person' });
  });

  it('is never found by a name', async () => {
    const cwd = tempFolder();
    mkdirSync(join(cwd, 'templates'));
    writeFileSync(join(cwd, 'templates/code-review.mjs'), 'throw new Error("loaded"); // defineTemplate\n');
    expect(
      (await loadDefinition({ kind: 'file', file: 'code-review' }, { cwd, looksForFolders: false })).plan.name,
    ).toBe('Code Review');
  });
});

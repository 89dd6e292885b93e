import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { namedModules, openTools, toolsOf } from '../../../../src/client/crew/own-tools.ts';
import { defineTool } from '../../../../src/client/define-tool.ts';
import { loadDefinition } from '../../../../src/client/start/load-definition.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';

const good = `{ name: 'acme.greet', description: 'Greets.', input: { type: 'object' }, effect: 'pure', run: () => 'hi' }`;
const but = (change: string): string => `export const a = { ...${good}, ${change} };`;

function moduleOf(text: string, folder = tempFolder(), name = 'tools.mjs'): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe('a module with tools', () => {
  it('is asked for all that it exports, alone and in lists, whatever it calls them', async () => {
    const text = `export default [${good}];\nexport const other = { ...${good}, name: 'acme.other' };\nexport const limit = 3;`;
    const tools = await openTools([moduleOf(text)], []);
    expect(tools.map(({ name }) => name).sort()).toEqual(['acme.greet', 'acme.other']);
  });

  it.each<[string, string, RegExp]>([
    ['nothing', 'export const x = 1;', /tools\.mjs exports no tools: export const NAME = defineTool/],
    ['what does not load', 'export const x = ;', /tools\.mjs cannot be loaded: .*Unexpected token/],
    ['what throws', 'throw new Error("no port");', /tools\.mjs cannot be loaded: no port/],
    ['a plain name', but("name: 'bash'"), /tools\.mjs: the tool "bash": its `name` must be NAMESPACE\.NAME/],
    ['no name', but('name: undefined'), /tools\.mjs: tool 1: its `name` must be/],
    ['no description', but("description: ' '"), /the tool "acme\.greet": its `description` must say/],
    ['no schema', but('input: undefined'), /its `input` must be a JSON Schema of an object/],
    ['a schema of a list', but("input: { type: 'array' }"), /its `input` must be a JSON Schema of an object/],
    ['a wrong schema', but("input: { type: 'object', required: 'a' }"), /its `input` is no JSON Schema: .*required/s],
    ['an unknown effect', but("effect: 'twice'"), /its `effect` must be "pure" .*"once"/],
    ['a run that is none', but('run: 5'), /the tool "acme\.greet": its `run` must be a function/],
    [
      'two of a name',
      `export const a = ${good}, b = ${good};`,
      /"acme\.greet" is twice there: give one of them another/,
    ],
  ])('that exports %s is refused with its place and a way out', async (_what, text, message) => {
    await expect(openTools([moduleOf(text)], [])).rejects.toThrow(message);
  });

  it('is refused when another has a tool of that name, which is said', async () => {
    const [one, two] = [moduleOf(but('effect: "pure"')), moduleOf(but('effect: "pure"'))];
    await expect(openTools([one, two], [])).rejects.toThrow(`${two}: the tool "acme.greet" is in ${one}, too`);
  });

  it('is missed with what to name instead', () => {
    expect(() => namedModules('/', ['gone.mjs'])).toThrow(/--tools \/gone\.mjs: there is no such file\. Name a module/);
  });
});

describe('where a module with tools lies', () => {
  it.each<[string, (place: { work: string; outside: string }) => string]>([
    ['in the folder', ({ work }) => moduleOf('export const x = 1', work)],
    ['below it', ({ work }) => (mkdirSync(join(work, 'a')), moduleOf('export const x = 1', join(work, 'a')))],
    ['behind a link that leads into it', ({ work, outside }) => linked(moduleOf('export const x = 1', work), outside)],
    [
      'behind a link in it that leads out',
      ({ work, outside }) => linked(moduleOf('export const x = 1', outside), work),
    ],
    [
      'behind a way that leads through it',
      ({ work, outside }) => linked(linked(moduleOf('export const x = 1', outside), work), outside, 'two.mjs'),
    ],
    [
      'behind a linked folder',
      ({ work, outside }) => {
        moduleOf('export const x = 1', work);
        return join(linked(work, outside, 'folder'), 'tools.mjs');
      },
    ],
  ])('is no place where agents work: %s', async (_what, place) => {
    const [work, outside] = [tempFolder(), tempFolder()];
    const file = place({ work, outside });
    await expect(openTools([file], [work])).rejects.toThrow(
      /lies in .*, where agents work and could write it\. Move it/,
    );
    await expect(openTools([file], [linked(work, tempFolder(), 'w')])).rejects.toThrow(/could write it/);
  });

  it('may be beside it', async () => {
    const outside = tempFolder();
    mkdirSync(join(outside, 'work'));
    expect(await openTools([moduleOf(but('effect: "once"'), outside)], [join(outside, 'work')])).toHaveLength(1);
  });
});

function linked(target: string, folder: string, name = 'link.mjs'): string {
  const link = join(folder, name);
  symlinkSync(target, link);
  return link;
}

describe('a definition that names tools of a module', () => {
  const workflow = (rest: string): string =>
    `name: n\n${rest}tasks:\n` +
    '  - { id: a, prompt: Greet, profile: clerk, compensate: { tool: acme.greet, input: {} } }\n' +
    '  - { id: b, tool: acme.greet, input: {} }\n';
  const load = (text: string, cwd: string, tools?: string[]) => {
    mkdirSync(join(cwd, 'agents'), { recursive: true });
    writeFileSync(join(cwd, 'agents/clerk.md'), '---\nmodel: haiku\ntools: [acme.greet]\n---\nYou greet.\n');
    return loadDefinition({ kind: 'text', text, file: 'w.yaml' }, { cwd, tools, looksForFolders: true });
  };

  it('knows them with the module, and says without it how it would', async () => {
    const file = moduleOf(but('effect: "once"'));
    const { plan, tools } = await load(workflow(''), tempFolder(), [file]);
    expect(tools).toEqual([file]);
    expect(plan.agents['clerk']!.tools).toEqual(['acme.greet']);
    await expect(load(workflow(''), tempFolder())).rejects.toThrow(/unknown tool "acme\.greet".*--tools MODULE/s);
  });

  it('does not run a module where it says that agents work, nor takes one where a task of it does', async () => {
    const cwd = tempFolder();
    mkdirSync(join(cwd, 'sub'));
    const file = moduleOf('throw new Error("was run")', join(cwd, 'sub'));
    await expect(load(workflow(''), cwd, [file])).rejects.toThrow(/could write it/);
    await expect(load(workflow('workspace: sub\n'), cwd, [file])).rejects.toThrow(/could write it/);
    const other = moduleOf(but('effect: "once"'), cwd);
    const outside = `${workflow('workspace: sub\n')}  - { id: c, prompt: Greet, profile: clerk, workspace: .. }\n`;
    await expect(load(outside, cwd, [other])).rejects.toThrow(/could write it/);
  });
});

describe('a tool of a program', () => {
  const run = async (answer: (input: { to: string }, call: { signal: AbortSignal }) => unknown, input: object) => {
    const own = defineTool<{ to: string }>({
      name: 'acme.greet',
      description: 'Greets.',
      input: { type: 'object', properties: { to: { type: 'string' } }, required: ['to'], additionalProperties: false },
      effect: 'once',
      run: answer,
    });
    const [tool] = await toolsOf([own]);
    if (tool?.kind !== 'slow') throw new Error('it touches the world');
    const controller = new AbortController();
    const call = { runKey: 'r', callKey: 'k', runId: 'run', taskId: 't', agent: 'a', workspace: '/' };
    return { tool, controller, output: tool.run(input as never, call as never, controller.signal) };
  };

  it.each<[string, () => unknown, string, boolean | undefined]>([
    ['text', () => 'hi', 'hi', undefined],
    ['nothing', () => undefined, 'done', undefined],
    ['an object', () => ({ a: 1 }), '{"a":1}', undefined],
    ['what is no JSON', () => 1n, 'acme.greet did it, but what it returned is no JSON: Do not know how to', true],
    [
      'an error',
      () => Promise.reject(new Error('no\u001b[31m such\u0000 order')),
      'acme.greet failed: no such order',
      true,
    ],
    // oxlint-disable-next-line only-throw-error -- as people's code does
    ['a word', () => Promise.reject('gone'), 'acme.greet failed: gone', true],
    ['control characters', () => 'a\u001b[2Jb', 'ab', undefined],
  ])('that gives %s gives the model words', async (_what, answer, content, isError) => {
    const given = await (await run(answer, { to: 'ann' })).output;
    expect(given.content.slice(0, content.length)).toBe(content);
    expect(given.isError).toBe(isError);
  });

  it('gives at most 32 KB, and says so', async () => {
    const { content } = await (await run(() => 'ä'.repeat(40_000), { to: 'ann' })).output;
    expect(Buffer.byteLength(content)).toBeLessThanOrEqual(32_000);
    expect(content).toMatch(/\[shortened: 80000 bytes in all/);
  });

  it('is not called with what its schema does not allow, which has no effect and is told', async () => {
    const { tool, output } = await run(() => Promise.reject(new Error('was called')), { to: 1, more: 2 });
    expect(await output).toEqual({
      content: expect.stringMatching(/^Bad input\. .*\/to: must be string/s),
      isError: true,
    });
    expect([tool.effectOf({ to: 1 }), tool.effectOf({ to: 'ann' })]).toEqual(['pure', 'once']);
  });

  it('holds up no cancel, heeded or not', async () => {
    const { controller, output } = await run(() => new Promise(() => undefined), { to: 'ann' });
    controller.abort(new Error('cancelled'));
    await expect(output).rejects.toThrow('cancelled');
  });

  it('is refused with its name when it is none', async () => {
    await expect(toolsOf([{ name: 'acme.x' }])).rejects.toThrow(
      /tools: the tool "acme\.x": its `run` must be a function/,
    );
  });
});

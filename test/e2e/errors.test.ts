import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { findCycle } from '../../src/domain/plan/task-graph.ts';
import type { CliResult } from '../support/command/cli.ts';
import { expectRefusal, gaffer, startGaffer, workflow, writeProject } from '../support/command/cli.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { buildIfStale } from '../support/run/worker-process.ts';

beforeAll(buildIfStale);

/** Runs a command in a project that has never run anything, and checks that it still has not. */
async function inFreshProject(
  args: readonly string[],
  { files = {}, env = {} }: { files?: Record<string, string>; env?: Record<string, string> } = {},
): Promise<CliResult> {
  const cwd = writeProject(tempFolder(), files);
  const result = await gaffer(args, { cwd, env: { GAFFER_HOME: join(cwd, 'home'), ...env } });
  expect(existsSync(join(cwd, 'home'))).toBe(false);
  return result;
}

describe('a wrong definition starts nothing', () => {
  it.each<[string, string, (string | RegExp)[]]>([
    ['a wrong key', workflow({ top: 'default_profil: coder' }), [/:2:1: .*"default_profil"/, '"default_profile"']],
    ['an unknown agent', workflow({ top: 'default_profile: codr' }), [/:2:18: .*"codr"/, 'did you mean "coder"']],
    [
      'a key of a later version',
      workflow({ top: 'default_profile: coder\npatterns: []' }),
      [/:3:\d+: .*supported yet: patterns/, 'leave it out'],
    ],
    [
      'a task that waits for itself',
      workflow({ task: ', depends_on: [one]' }),
      [/:6:\d+: .*"one" can never start: it depends on itself/],
    ],
    ['a cut file', 'name: tiny\nphases: [', [/workflow\.yaml:2:10: .*bracket .*not closed/, 'close it with ]']],
    ['an empty file', '', [/workflow\.yaml/, 'is empty', 'hint']],
  ])('names the place and the way out of %s', async (_, text, says) => {
    const files = { 'workflow.yaml': text };
    const results = await Promise.all(
      ['run', 'plan'].map((verb) => inFreshProject([verb, 'workflow.yaml'], { files })),
    );
    for (const result of results) expectRefusal(result, 2, ...says);
  });

  it('names every error at once', async () => {
    const text = workflow({ top: 'descripton: x\ndefault_profile: codr' });
    const result = await inFreshProject(['run', 'workflow.yaml'], { files: { 'workflow.yaml': text } });
    expectRefusal(result, 2, 'did you mean "description"', 'did you mean "coder"');
  });

  it('names the unknown model of an agent and the one that it gets', async () => {
    const files = { 'agents/coder.md': '---\nname: coder\nmodel: claude-haiku-9\n---\nYou code.\n' };
    const { code, stderr } = await inFreshProject(['plan', 'workflow.yaml'], { files });
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/agents\/coder\.md:3:8: warning: .*"claude-haiku-9".* claude-haiku-4-5/);
  });

  it.each<[string[], (string | RegExp)[]]>([
    [
      ['run', 'absent.yaml'],
      [/no file .*absent\.yaml/, 'check the path'],
    ],
    [
      ['plan', 'agents'],
      [/agents is a folder/, 'name a file in it'],
    ],
    [['run', 'workflow.yaml', '--agents', 'absent'], [/--agents: there is no folder .*absent/]],
    [['run', 'workflow.yaml', '--workspace', 'absent'], [/workspace: there is no folder .*absent/]],
    [
      ['run', 'workflow.yaml', '--input-file', 'absent'],
      [/no file .*absent/, 'check the path'],
    ],
    [['run', 'workflow.yaml', '--script', 'absent.mjs'], [/absent\.mjs cannot be loaded/]],
    [
      ['run', 'workflow.yaml', '--script', 'x.mjs', '--detach'],
      ['--script', '--detach'],
    ],
    [['run', 'workflow.yaml', '--input', 'goal=x'], ['"goal"']],
    [['run', 'workflow.yaml', '--input', 'goal'], ['--input "goal" is not KEY=VALUE']],
    [
      ['run', 'workflow.yaml', '--max-usd', 'much'],
      ['--max-usd "much"', 'a number above 0'],
    ],
    [
      ['run', 'workflow.yaml', '--id', 'a/b'],
      ['--id "a/b"', 'letters, digits'],
    ],
    [
      ['agents', 'codr'],
      ['"codr"', 'did you mean "coder"?'],
    ],
    [
      ['runs', '--limit', '0'],
      ['--limit "0"', 'a whole number from 1'],
    ],
    [['issues', 'import', 'absent.jsonl', '--board', 'b'], [/absent\.jsonl: there is no such file/]],
  ])('gaffer %j', async (args, says) => {
    expectRefusal(await inFreshProject(args), 2, ...says);
  });
});

describe('a wrong command line', () => {
  it.each([
    [['watsh', 'x'], "unknown command 'watsh'", 'Did you mean watch?'],
    [['abacus'], "unknown command 'abacus'", 'gaffer --help'],
    [['completion'], "missing required argument 'shell'", 'gaffer --help'],
    [['show'], "missing required argument 'run'", 'gaffer --help'],
    [['show', 'a', 'b'], 'too many arguments', 'gaffer --help'],
    [['run', 'workflow.yaml', '--jsn'], "unknown option '--jsn'", '--json'],
  ])('gaffer %j says what there is instead', async (args, what, wayOut) => {
    expectRefusal(await inFreshProject(args), 2, what, wayOut);
  });
});

describe('a wrong environment', () => {
  it.each([
    ['DATABASE_URL', 'mysql://me:hunter2@host/db', 'postgres://user@host:5432/database'],
    ['ANTHROPIC_BASE_URL', 'not a url', 'https://api.anthropic.com'],
    ['GAFFER_ALLOW_UNSANDBOXED_SHELL', 'maybe', 'must be 1 or 0'],
    ['GAFFER_TASK_QUEUE', 'two words', '1 to 200 letters'],
  ])('says what %s must be, never its value', async (name, value, wayOut) => {
    const result = await inFreshProject(['run', 'workflow.yaml'], { env: { [name]: value } });
    expectRefusal(result, 2, name, wayOut);
    expect(result.stderr).not.toContain(value);
  });
});

describe('--json', () => {
  it('prints an error as JSON, with every diagnostic of a definition', async () => {
    const files = { 'workflow.yaml': workflow({ top: 'default_profil: coder' }) };
    const { stdout, stderr, code } = await inFreshProject(['run', 'workflow.yaml', '--json'], { files });
    const { error } = JSON.parse(stdout) as { error: { message: string } };
    expect(error).toMatchObject({
      type: 'DefinitionError',
      exitCode: 2,
      diagnostics: [{ code: 'unknown-key', line: 2, column: 1 }, { code: 'no-agent' }],
    });
    expect(stderr).toBe(`gaffer: ${error.message}\n`);
    expect(code).toBe(2);
  });
});

describe('a reader that goes away', () => {
  it('is no error', async () => {
    const cwd = writeProject(tempFolder());
    const running = startGaffer(['plan', 'workflow.yaml'], { cwd });
    running.process.stdout!.destroy();
    expect(await running.ended).toMatchObject({ code: 0, stderr: '' });
  });
});

// No key of this version can make contexts or tasks wait for each other in a ring: `depends_on` is refused (above), and
// phases only wait for earlier ones. The rule itself is there already.
describe('a cycle of contexts', () => {
  it('is found as its whole ring', () => {
    const graph = new Map([
      ['start', ['review']],
      ['review', ['build']],
      ['build', ['plan']],
      ['plan', ['review']],
    ]);
    expect(findCycle(graph)).toEqual(['review', 'build', 'plan', 'review']);
  });
});

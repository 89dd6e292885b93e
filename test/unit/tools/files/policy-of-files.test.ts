import { linkSync, mkdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/domain/json.ts';
import type { ToolRule } from '../../../../src/domain/plan/plan.ts';
import { planDefaults } from '../../../../src/domain/plan/plan.ts';
import { lineOf } from '../../../../src/domain/tools/canonical-call.ts';
import type { ApprovedCall } from '../../../../src/domain/tools/judge-touched.ts';
import { createObjection } from '../../../../src/domain/tools/judge-touched.ts';
import { createFilesystemTool } from '../../../../src/tools/files/filesystem.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';
import { toolCall } from '../../../support/tools/tool-call.ts';

const tool = createFilesystemTool();
const approval = { ...planDefaults.approval, by: ['lead'] };
const rule = (action: ToolRule['action'], match: string): ToolRule => ({
  ...{ action, tool: 'filesystem', match, agents: [], approval },
});

function place() {
  const workspace = path.join(tempFolder(), 'work');
  for (const folder of ['secrets', 'src']) mkdirSync(path.join(workspace, folder), { recursive: true });
  for (const name of ['secrets/key', 'src/a', 'b']) writeFileSync(path.join(workspace, name), `WORD in ${name}\n`);
  symlinkSync('secrets', path.join(workspace, 'link'));
  symlinkSync('../secrets/key', path.join(workspace, 'src/file-link'));
  symlinkSync(workspace, path.join(path.dirname(workspace), 'alias'));
  const run = (policy: ToolRule[], input: JsonObject, approved: ApprovedCall | null = null, at = workspace) => {
    const objection = createObjection({ policy, agent: 'coder', approved });
    return tool.run(input, toolCall({ workspace: at, objection }), new AbortController().signal);
  };
  return { workspace, run };
}

describe('the policy, asked of what a file call opens', () => {
  it.each([
    ...[
      'secrets/key',
      './secrets/key',
      'secrets//key',
      'src/../secrets/key',
      'secrets\\key',
      'secrets/key/',
      'link/key',
    ],
    ...['src/file-link', 'link/../link/key', 'ABSOLUTE/secrets/key', 'ABSOLUTE/link//key'],
  ])('forbids a file under every name: %s', async (name) => {
    const { workspace, run } = place();
    const target = name.replace('ABSOLUTE', workspace);
    for (const action of ['read', 'write', 'edit']) {
      const input = { action, path: target, content: 'x', old_string: 'WORD', new_string: 'x' };
      const output = await run([rule('deny', `${action} secrets/*`)], input);
      expect(output, action).toEqual({
        content: `The policy of this run forbids this: filesystem ${action} secrets/key`,
        isError: true,
      });
    }
    expect((await run([], { action: 'read', path: 'secrets/key' })).content).toBe('WORD in secrets/key\n');
  });

  it('knows both paths of a workspace that is reached through a link', async () => {
    const { workspace, run } = place();
    const alias = path.join(path.dirname(workspace), 'alias');
    for (const root of [workspace, alias])
      for (const match of ['read secrets/*', `read ${workspace}/secrets/*`, `read ${alias}/secrets/*`]) {
        const output = await run([rule('deny', match)], { action: 'read', path: `${root}/secrets/key` }, null, alias);
        expect(output.isError, `${root} ${match}`).toBe(true);
      }
  });

  it.each(['.', '', './', 'src/..', undefined])(
    'shows nothing of a forbidden file in what lies above it: %j',
    async (name) => {
      const { run } = place();
      const at = name === undefined ? {} : { path: name };
      for (const more of [{}, { regex: true }, { ignore_case: true }]) {
        const policy = [rule('deny', 'read secrets/*')];
        const { content } = await run(policy, { action: 'search', text: 'WORD', ...more, ...at });
        expect(content.split('\n')).toEqual([
          'b:1: WORD in b',
          'src/a:1: WORD in src/a',
          '[left out, as the policy of this run says: 1]',
        ]);
      }
      const { content } = await run([rule('deny', '* secrets')], { action: 'list', ...at });
      expect(content).not.toMatch(/^secrets/m);
      expect(content).toContain('[left out, as the policy of this run says: 2]');
    },
  );

  it('goes by the order of rules in what lies inside', async () => {
    const { run } = place();
    const search = { action: 'search', text: 'WORD', path: '.' };
    const found = async (...policy: ToolRule[]) => (await run(policy, search)).content.match(/WORD in \S+/g) ?? [];
    expect(await found(rule('allow', 'search'), rule('deny', '*'))).toHaveLength(3);
    expect(await found(rule('allow', 'search'), rule('deny', '* secrets/*'), rule('deny', '*'))).toHaveLength(2);
    expect(await found(rule('allow', 'search src/*'), rule('deny', 'search ?*/*'))).toEqual(
      ['WORD in src/a', 'WORD in b'].toSorted(),
    );
  });

  it('lets what was approved run, and what it became meanwhile not', async () => {
    const { workspace, run } = place();
    const policy = [rule('ask', 'read secrets/*'), rule('ask', 'read src/*')];
    const input = { action: 'read', path: 'link/key' };
    const line = lineOf(await tool.canonical!(input, workspace));
    expect(line).toBe('filesystem read secrets/key');
    expect((await run(policy, input, { approval, line })).content).toBe('WORD in secrets/key\n');
    expect((await run(policy, input)).content).toMatch(/^This needs an approval of its own/);
    expect((await run(policy, input, { approval: { ...approval, by: ['cto'] }, line })).isError).toBe(true);
    unlinkSync(path.join(workspace, 'link'));
    symlinkSync('src', path.join(workspace, 'link'));
    renameSync(path.join(workspace, 'src/a'), path.join(workspace, 'src/key'));
    expect((await run(policy, input, { approval, line })).content).toMatch(/approval of its own.*read src\/key$/);
    // A run of an earlier version does not say what was approved.
    const earlier = createObjection({ policy, agent: 'coder', approved: undefined });
    const output = await tool.run(input, toolCall({ workspace, objection: earlier }), new AbortController().signal);
    expect(output.isError).toBeUndefined();
  });

  it('knows a second name of a file for another file: the limit of rules about names', async () => {
    const { workspace, run } = place();
    linkSync(path.join(workspace, 'secrets/key'), path.join(workspace, 'src/same'));
    const output = await run([rule('deny', 'read secrets/*')], { action: 'read', path: 'src/same' });
    expect(output.content).toBe('WORD in secrets/key\n');
  });
});

describe('a walk', () => {
  it.each([
    [{ timeMs: 0, entries: 1000 }, 'stopped after 0 s'],
    [{ timeMs: 5000, entries: 150 }, 'stopped after 150 entries'],
  ])('ends in time and number, and says so: %j', async (limits, note) => {
    const { workspace } = place();
    for (let n = 0; n < 200; n++) mkdirSync(path.join(workspace, `folder-${n}`));
    for (const input of [{ action: 'list' }, { action: 'list', pattern: 'none' }, { action: 'search', text: 'none' }]) {
      const output = await createFilesystemTool(limits).run(
        input,
        toolCall({ workspace }),
        new AbortController().signal,
      );
      expect(output.content, input.action).toContain(note);
    }
  });
});

describe('canonical', () => {
  it.each([
    [{ action: 'read', path: 'link/key' }, 'secrets/key'],
    [{ action: 'write', path: 'link/new/file', content: 'x' }, 'secrets/new/file'],
    [{ action: 'search', text: 'x' }, '.'],
    [{ action: 'list', path: 'src//' }, 'src'],
  ])('says what %j means', async (input, target) => {
    const { workspace } = place();
    const call = await tool.canonical!(input, workspace);
    expect(lineOf(call)).toBe(`filesystem ${input.action} ${target}`);
    expect(call.input).toEqual({ ...input, path: target });
  });

  it('reads what cannot be opened as it is written', async () => {
    for (const [name, line] of [
      ['../x', '../x'],
      ['/etc/passwd', '/etc/passwd'],
      ['.env', '.env'],
    ] as const) {
      const call = await tool.canonical!({ action: 'read', path: name }, place().workspace);
      expect(lineOf(call)).toBe(`filesystem read ${line}`);
    }
    expect(lineOf(await tool.canonical!({ action: 'read', path: 'a//b' }, '/not/there'))).toBe('filesystem read a/b');
  });
});

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import * as plan from '../../../../src/cli/commands/plan.ts';
import { foreignPrograms } from '../../../../src/client/crew/crew-warnings.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';
import { testContext } from '../../../support/command/test-context.ts';

const pathBefore = process.env['PATH'];
afterEach(() => void (process.env['PATH'] = pathBefore));

describe('programs of others on this machine', () => {
  it('are missed by a warning of `gaffer plan`, by agent, program and way out', async () => {
    const cwd = tempFolder();
    mkdirSync(join(cwd, 'agents'));
    const agent = '---\nname: coder\nrunner: codex\nmodel: sonnet\n---\nYou code.\n';
    writeFileSync(join(cwd, 'agents', 'coder.md'), agent);
    const file = join(cwd, 'workflow.yaml');
    writeFileSync(file, 'name: w\ntasks:\n  - { id: one, profile: coder, prompt: Do it. }\n');
    process.env['PATH'] = '/usr/bin:/bin';
    const said = testContext(cwd);
    expect(await plan.execute(said.context, [file], { json: true })).toBe(0);
    const message = 'agent coder: the program codex is not in PATH: install @openai/codex';
    expect(said.err()).toContain(`warning: ${message} (runner-missing)`);
    expect(JSON.parse(said.out())).toMatchObject({
      warnings: [{ severity: 'warning', code: 'runner-missing', message }, { code: 'repository-unfit' }],
    });
  });

  it('has `gaffer plan` warn of a folder that its tasks can have no worktrees of, in the words of a refusal', async () => {
    const cwd = tempFolder();
    mkdirSync(join(cwd, 'agents'));
    writeFileSync(join(cwd, 'agents', 'coder.md'), '---\nname: coder\nmodel: sonnet\n---\nYou code.\n');
    const file = join(cwd, 'workflow.yaml');
    writeFileSync(
      file,
      'name: w\nworkspace: { isolate: worktree }\ntasks: [{ id: a, profile: coder, prompt: Do it. }]\n',
    );
    const warnings = async (): Promise<string[]> => {
      const said = testContext(cwd);
      expect(await plan.execute(said.context, [file], { json: true })).toBe(0);
      const told = (JSON.parse(said.out()) as { warnings: { code: string; message: string }[] }).warnings;
      for (const { message } of told) expect(said.err()).toContain(message);
      return told.map(({ code, message }) => `${code}: ${message}`);
    };
    expect(await warnings()).toEqual([
      expect.stringMatching(/^repository-unfit: .* is not in a git repository .*`git init`.*`isolate: shared`/),
    ]);
    execFileSync('git', ['init', '-q', cwd]);
    expect(await warnings()).toEqual([
      expect.stringMatching(/^repository-unfit: .* has no commit yet: make one \(`git commit --allow-empty/),
    ]);
    const who = ['-c', 'user.name=Ada', '-c', 'user.email=a@example.com'];
    execFileSync('git', ['-C', cwd, ...who, 'commit', '-q', '--allow-empty', '-m', 'begin']);
    expect(await warnings()).toEqual([]);
  });

  it('are found with the versions of their packages, and none of them is run', async () => {
    const top = tempFolder();
    const ran = join(top, 'ran');
    writeFileSync(join(top, 'package.json'), '{ "name": "claude", "version": "9.8.7" }');
    writeFileSync(join(top, 'claude'), `#!/bin/sh\ntouch ${ran}\n`);
    chmodSync(join(top, 'claude'), 0o755);
    process.env['PATH'] = `${top}:/usr/bin:/bin`;
    expect(await foreignPrograms()).toEqual([
      { name: 'claude', path: join(top, 'claude'), version: '9.8.7' },
      { name: 'codex', path: null, version: null },
      { name: 'pi', path: null, version: null },
    ]);
    expect(existsSync(ran)).toBe(false);
  });
});

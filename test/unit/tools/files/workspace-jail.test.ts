import { execFileSync, fork } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { createFilesystemTool } from '../../../../src/tools/files/filesystem.ts';
import { protectedKind } from '../../../../src/tools/files/workspace-jail.ts';
import { patient } from '../../../support/base/patience.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';
import { toolCall } from '../../../support/tools/tool-call.ts';
import { fc, runs } from '../../../support/base/properties.ts';

const tool = createFilesystemTool();
const secret = 'CANARY-7f3a';

/** A workspace beside a folder with a secret, and every action on one path. */
function jail() {
  const base = tempFolder();
  const workspace = path.join(base, 'work');
  const outside = path.join(base, 'outside');
  mkdirSync(path.join(workspace, 'src'), { recursive: true });
  mkdirSync(path.join(workspace, '.git/hooks'), { recursive: true });
  mkdirSync(path.join(workspace, '.gaffer'));
  mkdirSync(outside);
  mkdirSync(path.join(base, 'work-evil'));
  for (const file of ['outside/secret', 'work-evil/secret', 'secret', 'work/.gaffer/key', 'work/.env']) {
    writeFileSync(path.join(base, file), secret);
  }
  writeFileSync(path.join(workspace, 'src/a.ts'), 'fine\n');
  writeFileSync(path.join(workspace, '.git/config'), '[core]\n');
  const run = (input: JsonObject) => tool.run(input, toolCall({ workspace }), new AbortController().signal);
  const attackWith = (target: string): Promise<{ content: string; isError?: boolean }[]> =>
    Promise.all([
      run({ action: 'read', path: target }),
      run({ action: 'write', path: target, content: 'owned' }),
      run({ action: 'edit', path: target, old_string: secret, new_string: 'owned' }),
      run({ action: 'list', path: target }),
      run({ action: 'search', path: target, text: 'CANARY' }),
    ]);
  const untouched = () => {
    expect(readdirSync(base).sort()).toEqual(['outside', 'secret', 'work', 'work-evil']);
    expect(readdirSync(outside)).toEqual(['secret']);
    for (const file of ['outside/secret', 'work-evil/secret', 'secret', 'work/.gaffer/key', 'work/.env']) {
      expect(readFileSync(path.join(base, file), 'utf8')).toBe(secret);
    }
    expect(readFileSync(path.join(workspace, '.git/config'), 'utf8')).toBe('[core]\n');
    expect(readdirSync(path.join(workspace, '.git/hooks'))).toEqual([]);
  };
  return { base, workspace, outside, run, attackWith, untouched };
}

describe('the jail', () => {
  it.each([
    '../secret',
    '../outside/secret',
    'src/../../secret',
    'src/../../work-evil/secret',
    './/..//secret',
    '..\\secret',
    'src\\..\\..\\secret',
    '/etc/passwd',
    '//etc/passwd',
    'C:\\Windows\\win.ini',
    'c:secret',
    '\\\\host\\share',
    '~/secret',
    '~root/.bashrc',
    '../secret\0.txt',
    'src/a.ts\0',
    '.gaffer/key',
    '.GAFFER/key',
    'src/../.gaffer/key',
    '.env',
    './.ENV',
    `${'../'.repeat(1300)}etc/passwd`,
  ])('refuses every action on %j', async (target) => {
    const { attackWith, untouched } = jail();
    for (const output of await attackWith(target)) {
      expect(output.isError, output.content).toBe(true);
      expect(output.content).not.toContain(secret);
    }
    untouched();
  });

  it('treats what only looks like an escape as a name', async () => {
    const { attackWith, untouched } = jail();
    for (const target of [
      '%2e%2e/secret',
      '..%2fsecret',
      '..;/secret',
      '....//secret',
      '\uFF0E\uFF0E/secret',
      'file:///etc/passwd',
    ]) {
      for (const output of await attackWith(target)) expect(output.content).not.toContain(secret);
    }
    untouched();
  });

  it('refuses links that lead out, at the end and in the middle, and links that lead nowhere', async () => {
    const { base, workspace, outside, attackWith, untouched } = jail();
    symlinkSync(path.join(outside, 'secret'), path.join(workspace, 'file'));
    symlinkSync(outside, path.join(workspace, 'folder'));
    symlinkSync('../../outside', path.join(workspace, 'src/relative'));
    symlinkSync('folder', path.join(workspace, 'chain'));
    symlinkSync(path.join(base, 'outside/new'), path.join(workspace, 'dangling'));
    symlinkSync('ring', path.join(workspace, 'ring'));
    symlinkSync('.gaffer', path.join(workspace, 'data'));
    const targets = [
      'file',
      'folder/secret',
      'folder/new',
      'src/relative/secret',
      'chain/secret',
      'dangling',
      'ring',
      'data/key',
    ];
    for (const target of targets) {
      for (const output of await attackWith(target)) expect(output.isError, `${target}: ${output.content}`).toBe(true);
    }
    untouched();
    expect(existsSync(path.join(base, 'outside/new'))).toBe(false);
  });

  it('follows links that stay inside', async () => {
    const { workspace, run } = jail();
    symlinkSync('src', path.join(workspace, 'source'));
    expect((await run({ action: 'read', path: 'source/a.ts' })).content).toBe('fine\n');
    expect((await run({ action: 'write', path: 'source/b.ts', content: 'b' })).isError).toBeUndefined();
    expect(readFileSync(path.join(workspace, 'src/b.ts'), 'utf8')).toBe('b');
    expect((await run({ action: 'read', path: path.join(workspace, 'src/a.ts') })).content).toBe('fine\n');
  });

  it('reads what git keeps, and never writes it', async () => {
    const { run, untouched } = jail();
    expect((await run({ action: 'read', path: '.git/config' })).content).toBe('[core]\n');
    const names = [
      '.git/config',
      '.git/hooks/post-commit',
      '.GIT/config',
      '.g\u200cit/config',
      'sub/.git/config',
      '.git',
      'git~1/config',
      '.git./x',
      '.git ::$DATA/x',
    ];
    for (const name of names)
      expect((await run({ action: 'write', path: name, content: 'x' })).content).toContain('git');
    untouched();
  });

  it('knows protected names however they are spelt, and no others', () => {
    for (const name of ['.git', '.Git', '.git.', '.git ', '.g\u200dit', 'GIT~1', '.git:stream'])
      expect(protectedKind(name)).toBe('git');
    for (const name of ['.gitignore', '.github', 'git', '.gitattributes', 'a.git'])
      expect(protectedKind(name)).toBeUndefined();
  });

  it('does not wait for a pipe and does not read a device', async () => {
    const { workspace, attackWith } = jail();
    execFileSync('mkfifo', [path.join(workspace, 'pipe')]);
    const [read, write, edit] = await attackWith('pipe');
    for (const output of [read, write, edit]) expect(output!.content).toContain('not a plain file');
  });

  it('holds while folders are swapped for links under it', { timeout: patient(60_000) }, async () => {
    const { base, workspace, outside, run } = jail();
    mkdirSync(path.join(workspace, 'race'));
    writeFileSync(path.join(workspace, 'race/secret'), 'inside');
    symlinkSync(outside, path.join(workspace, 'link'));
    const swapper = path.join(base, 'swap.cjs');
    writeFileSync(
      swapper,
      `const fs = require('fs');
       process.chdir(process.argv[2]);
       let swaps = 0;
       let made = 0;
       process.on('message', () => process.send(swaps));
       // A write may have made the folder just when it was away: that one is moved out of the way.
       function move(from, to) {
         for (;;) {
           try { return fs.renameSync(from, to); } catch { try { fs.renameSync(to, 'made' + made++); } catch {} }
         }
       }
       (function turn() {
         for (let n = 0; n < 20; n++, swaps++) {
           move('race', 'real'); move('link', 'race'); move('race', 'link'); move('real', 'race');
         }
         setImmediate(turn);
       })();`,
    );
    const child = fork(swapper, [workspace], { execArgv: [] });
    onTestFinished(() => void child.kill('SIGKILL'));
    let answered = 0;
    for (let round = 0; round < 1000; round++) {
      const outputs = await Promise.all([
        run({ action: 'read', path: 'race/secret' }),
        run({ action: 'write', path: 'race/fresh', content: 'owned' }),
        run({ action: 'edit', path: 'race/secret', old_string: 'inside', new_string: 'inside' }),
        run({ action: 'search', path: 'race', text: 'CANARY' }),
      ]);
      for (const output of outputs) expect(output.content).not.toContain(secret);
      answered += outputs.filter((output) => !output.isError).length;
    }
    const swaps = await new Promise<number>((resolve) => {
      child.once('message', (count) => resolve(count as number));
      child.send('how many');
    });
    expect(swaps).toBeGreaterThan(1000);
    expect(answered).toBeGreaterThan(100);
    expect(readdirSync(outside)).toEqual(['secret']);
    expect(readFileSync(path.join(outside, 'secret'), 'utf8')).toBe(secret);
  });

  it('answers any JSON at all, and never leaves the workspace', async () => {
    const { base, workspace, outside, run, untouched } = jail();
    symlinkSync(outside, path.join(workspace, 'link'));
    const part = fc.constantFrom(
      '..',
      '.',
      '',
      'link',
      'src',
      'a.ts',
      '.git',
      '.gaffer',
      '.env',
      'secret',
      'outside',
      '\0',
      '~',
      'C:',
      base,
      'x',
    );
    const target = fc.oneof(
      fc.array(part, { maxLength: 6 }).map((parts) => parts.join('/')),
      fc.array(part, { maxLength: 6 }).map((parts) => parts.join('\\')),
      fc.string({ unit: 'binary' }),
    );
    const action = fc.constantFrom('read', 'write', 'edit', 'list', 'search');
    const sensible = fc.record({
      action,
      path: target,
      content: fc.string(),
      old_string: fc.string(),
      new_string: fc.string(),
      text: fc.constant('CANARY'),
    });
    const wild = fc.dictionary(
      fc.constantFrom('action', 'path', 'content', 'pattern', 'text', 'offset'),
      fc.oneof(action, fc.jsonValue()),
    );
    const needs: Record<string, string[]> = {
      read: ['path'],
      write: ['path', 'content'],
      edit: ['path', 'old_string', 'new_string'],
      list: ['path'],
      search: ['path', 'text'],
    };
    const focused = sensible.map((input) =>
      Object.fromEntries(['action', ...needs[input.action]!].map((key) => [key, input[key as 'path']])),
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(focused, sensible, wild), async (input) => {
        const output = await run(input as JsonObject);
        expect(output.content).not.toContain(secret);
        expect(Buffer.byteLength(output.content)).toBeLessThanOrEqual(32_000);
        expect(tool.describe(input as JsonObject)).toMatch(/^[^\n\r]{0,120}$/);
      }),
      runs(1500),
    );
    untouched();
  });
});

describe('renaming in the jail', () => {
  it('replaces a link at the end of a path only by what it points to inside', async () => {
    const { workspace, outside, run } = jail();
    writeFileSync(path.join(workspace, 'f'), 'old');
    unlinkSync(path.join(workspace, 'f'));
    symlinkSync(path.join(outside, 'secret'), path.join(workspace, 'f'));
    expect((await run({ action: 'write', path: 'f', content: 'owned' })).isError).toBe(true);
    renameSync(path.join(workspace, 'f'), path.join(workspace, 'g'));
    expect(readFileSync(path.join(outside, 'secret'), 'utf8')).toBe(secret);
  });
});

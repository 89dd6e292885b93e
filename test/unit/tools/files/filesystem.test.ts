import { chmodSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { createFilesystemTool } from '../../../../src/tools/files/filesystem.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';
import { toolCall } from '../../../support/tools/tool-call.ts';
import { patient } from '../../../support/base/patience.ts';

const tool = createFilesystemTool();

function workspaceWith(files: Record<string, string | Buffer> = {}) {
  const workspace = path.join(tempFolder(), 'work');
  mkdirSync(workspace);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(workspace, name)), { recursive: true });
    writeFileSync(path.join(workspace, name), content);
  }
  const run = (input: JsonObject) => tool.run(input, toolCall({ workspace }), new AbortController().signal);
  const ok = async (input: JsonObject) => {
    const output = await run(input);
    expect(output.isError, output.content).toBeUndefined();
    return output.content;
  };
  const error = async (input: JsonObject) => {
    const output = await run(input);
    expect(output.isError, output.content).toBe(true);
    return output.content;
  };
  return { workspace, ok, error, at: (name: string) => path.join(workspace, name) };
}

describe('filesystem read', () => {
  it('gives text as it stands, and the part that was asked for', async () => {
    const { ok } = workspaceWith({ 'a.txt': 'one\ntwo\r\nthree', 'empty.txt': '' });
    expect(await ok({ action: 'read', path: 'a.txt' })).toBe('one\ntwo\r\nthree');
    expect(await ok({ action: 'read', path: './a.txt', offset: 2 })).toBe('two\r\nthree');
    expect(await ok({ action: 'read', path: 'a.txt', offset: 1, limit: 1 })).toMatch(
      /^one\n\[shortened: lines 1-1 .* offset 2\]$/,
    );
    expect(await ok({ action: 'read', path: 'a.txt', offset: 9 })).toBe('[the file has only 3 lines]');
    expect(await ok({ action: 'read', path: 'empty.txt' })).toBe('[the file is empty]');
  });

  it('shortens to 32 KB at a line, and can go on to the last line of a big file', async () => {
    const lines = Array.from({ length: 60_000 }, (_, n) => `line ${n + 1} \u4e16\u754c`);
    const { ok } = workspaceWith({ 'big.txt': lines.join('\n') });
    const seen: string[] = [];
    for (let offset = 59_000; ;) {
      const content = await ok({ action: 'read', path: 'big.txt', offset, limit: 100_000 });
      expect(Buffer.byteLength(content)).toBeLessThanOrEqual(32_000);
      const next = /\[shortened: .* offset (\d+)\]$/.exec(content);
      seen.push(...content.replace(/\n?\[shortened.*$/, '').split('\n'));
      if (!next) break;
      offset = Number(next[1]);
    }
    expect(seen).toEqual(lines.slice(58_999));
  });

  it('cuts a line that is too long, and says so', async () => {
    const { ok } = workspaceWith({ 'long.txt': `${'x'.repeat(500_000)}\nend\n` });
    expect(await ok({ action: 'read', path: 'long.txt' })).toMatch(
      /x\[… 49\d{4} characters more in this line\]\nend\n$/,
    );
  });

  it.each([
    { name: 'a NUL byte', content: Buffer.from('ab\0cd') },
    { name: 'bytes that are not UTF-8', content: Buffer.from([0x61, 0xff, 0xfe]) },
    { name: 'a character cut at the end', content: Buffer.from([0x61, 0xe4, 0xb8]) },
  ])('refuses a file with $name', async ({ content }) => {
    const { error } = workspaceWith({ 'b.bin': content });
    expect(await error({ action: 'read', path: 'b.bin' })).toContain('not UTF-8 text');
  });
});

describe('filesystem write', () => {
  it('makes a file with its folders, replaces it whole, and keeps its mode', async () => {
    const { ok, at } = workspaceWith();
    expect(await ok({ action: 'write', path: 'a/b/c.sh', content: 'x' })).toBe('Created a/b/c.sh (1 bytes).');
    chmodSync(at('a/b/c.sh'), 0o755);
    expect(await ok({ action: 'write', path: 'a/b/c.sh', content: '\u4e16' })).toBe('Replaced a/b/c.sh (3 bytes).');
    expect(readFileSync(at('a/b/c.sh'), 'utf8')).toBe('\u4e16');
    expect(statSync(at('a/b/c.sh')).mode & 0o777).toBe(0o755);
    expect(readdirSync(at('a/b'))).toEqual(['c.sh']);
  });

  it('says what stands in the way', async () => {
    const { error } = workspaceWith({ file: 'x', 'folder/x': 'x' });
    expect(await error({ action: 'write', path: 'folder', content: 'x' })).toContain('is a folder');
    expect(await error({ action: 'write', path: 'file/x', content: 'x' })).toContain('not a folder');
    expect(await error({ action: 'write', path: '.', content: 'x' })).toContain('folder');
    expect(await error({ action: 'write', path: 'a'.repeat(300), content: 'x' })).toContain('ENAMETOOLONG');
  });
});

describe('filesystem edit', () => {
  it('replaces the one place where the text stands, dollar signs and all', async () => {
    const { ok, at } = workspaceWith({ 'a.js': 'let a = 1;\nlet b = 2;\n' });
    expect(await ok({ action: 'edit', path: 'a.js', old_string: 'b = 2', new_string: "b = '$&$1$$'" })).toBe(
      'Edited a.js at line 2.',
    );
    expect(readFileSync(at('a.js'), 'utf8')).toBe("let a = 1;\nlet b = '$&$1$$';\n");
  });

  it.each([
    { content: 'x\nx\n', old: 'x', says: 'stands 2 times in the file (lines 1, 2)' },
    { content: 'aaa', old: 'aa', says: 'stands more than once' },
    { content: 'if (a) {\n\treturn;\n}\n', old: 'if (a) {\n  return;', says: 'other spaces' },
    { content: 'first\nsecond\n', old: 'second\nthird', says: 'first line stands on line 2' },
    { content: 'nothing', old: 'other', says: 'does not stand in the file' },
  ])('explains why $old cannot be replaced', async ({ content, old, says }) => {
    const { error, at } = workspaceWith({ f: content });
    expect(await error({ action: 'edit', path: 'f', old_string: old, new_string: 'z' })).toContain(says);
    expect(readFileSync(at('f'), 'utf8')).toBe(content);
  });
});

describe('line ends of an edited file', () => {
  it.each([
    ['a\r\nb\r\nc\r\n', 'a\nb', 'x\ny\nz', 'x\r\ny\r\nz\r\nc\r\n'],
    ['a\r\nb\r\n', 'b', 'x\ny', 'a\r\nx\r\ny\r\n'],
    ['a\r\nb\r\n', 'a\r\nb', 'x\r\ny', 'x\r\ny\r\n'],
    ['a\nb\n', 'a\r\nb', 'x\r\ny', 'x\ny\n'],
    ['a\nb\nc\r\nd\r\n', 'a\nb', 'x\ny', 'x\ny\nc\r\nd\r\n'],
    ['a\nb\nc\r\nd\r\n', 'c\nd', 'x\ny', 'a\nb\nx\r\ny\r\n'],
    ['a\r\nb\r\n', 'a', '', '\r\nb\r\n'],
  ])('stay as they are: %j, %j becomes %j', async (content, old, replacement, expected) => {
    const { ok, at } = workspaceWith({ f: content });
    await ok({ action: 'edit', path: 'f', old_string: old, new_string: replacement });
    expect(readFileSync(at('f'), 'utf8')).toBe(expected);
  });
});

describe('names in two forms of Unicode', () => {
  const [one, other] = ['caf\u00e9', 'cafe\u0301'];

  it.each([
    [one, other],
    [other, one],
  ])('are one: %j is %j', async (there, asked) => {
    const { ok, at } = workspaceWith({ [`${there}/${there}.md`]: 'old\n' });
    const path = `${asked}/${asked}.md`;
    expect(await ok({ action: 'read', path })).toContain('old');
    await ok({ action: 'edit', path, old_string: 'old', new_string: 'new' });
    await ok({ action: 'write', path: `${asked}/more.md`, content: 'x' });
    expect(await ok({ action: 'list', pattern: `${asked}/*.md` })).toBe(`${there}/${there}.md\n${there}/more.md`);
    expect(readFileSync(at(`${there}/${there}.md`), 'utf8')).toBe('new\n');
    expect(readdirSync(at('.'))).toEqual([there]);
  });

  it('are two where there are both', async () => {
    const { ok } = workspaceWith({ [one]: 'first', [other]: 'second' });
    expect(await ok({ action: 'read', path: one })).toContain('first');
    expect(await ok({ action: 'read', path: other })).toContain('second');
  });
});

describe('filesystem list and search', () => {
  const files = {
    'src/a.ts': 'const password = 1;\nlet x;\n',
    'src/deep/b.ts': 'PASSWORD\n',
    'readme.md': 'no\n',
    'node_modules/p/i.js': 'password',
    '.git/config': 'password',
    'bin.dat': Buffer.from('password\0'),
  };

  it('lists what there is without what is not ours, by pattern too', async () => {
    const { ok, workspace } = workspaceWith(files);
    symlinkSync('/etc', path.join(workspace, 'src/etc'));
    const all = ['bin.dat', 'readme.md', 'src/', 'src/a.ts', 'src/deep/', 'src/etc (link)', 'src/deep/b.ts'];
    expect((await ok({ action: 'list' })).split('\n').sort()).toEqual(all.sort());
    expect(await ok({ action: 'list', pattern: '*.ts' })).toBe('src/a.ts\nsrc/deep/b.ts');
    expect(await ok({ action: 'list', pattern: 'src/*.ts' })).toBe('src/a.ts');
    expect(await ok({ action: 'list', path: 'src/deep' })).toBe('src/deep/b.ts');
  });

  it('finds lines by text and by expression', async () => {
    const { ok, error } = workspaceWith(files);
    expect(await ok({ action: 'search', text: 'password' })).toBe('src/a.ts:1: const password = 1;');
    expect(await ok({ action: 'search', text: 'password', ignore_case: true, path: 'src' })).toBe(
      'src/a.ts:1: const password = 1;\nsrc/deep/b.ts:1: PASSWORD',
    );
    expect(await ok({ action: 'search', text: '^l.t\\b', regex: true })).toBe('src/a.ts:2: let x;');
    expect(await ok({ action: 'search', text: 'zzz' })).toBe('[nothing found]');
    expect(await error({ action: 'search', text: '(', regex: true })).toContain('not a regular expression');
  });

  it('ends a hostile expression while the worker goes on', async () => {
    const { ok } = workspaceWith({ f: `${'a'.repeat(60)}!` });
    let beats = 0;
    const heart = setInterval(() => beats++, 100);
    const started = Date.now();
    expect(await ok({ action: 'search', text: '^(a+)+$', regex: true })).toContain('stopped after 5 s');
    clearInterval(heart);
    expect(Date.now() - started).toBeLessThan(patient(10_000));
    expect(beats).toBeGreaterThan(20);
  });
});

describe('the filesystem tool', () => {
  it('declares what repeating each action does', () => {
    const effects = { read: 'pure', list: 'pure', search: 'pure', write: 'idempotent', edit: 'once' };
    for (const [action, effect] of Object.entries(effects)) {
      const input = { action, path: 'x', content: 'x', old_string: 'x', new_string: 'x', text: 'x' };
      expect(tool.effectOf(input)).toBe(effect);
    }
    expect(tool.effectOf({ action: 'edit' })).toBe('pure');
  });

  it('ends at once when aborted, with the reason', async () => {
    const reason = new Error('cancelled');
    const call = toolCall({ workspace: tempFolder() });
    await expect(tool.run({ action: 'list' }, call, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

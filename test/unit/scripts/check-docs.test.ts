import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../../scripts/check-docs.mjs', import.meta.url));

/** Runs the check on a tree of these files. */
function check(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), 'gaffer-docs-'));
  try {
    for (const [name, text] of Object.entries({ 'docs/a.md': '# One thing\n', 'examples/a.md': '', ...files })) {
      mkdirSync(join(root, dirname(name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
    const { status, stderr } = spawnSync(process.execPath, [script, root], { encoding: 'utf8' });
    const breaches = stderr.split('\n').filter((line) => line !== '');
    expect(status).toBe(breaches.length > 0 ? 1 : 0);
    return breaches;
  } finally {
    rmSync(root, { recursive: true });
  }
}

describe('check-docs', () => {
  it('takes links to files, folders and headings, and paths that are there', () => {
    const text = '[a](docs/a.md) [b](docs/a.md#one-thing) [c](docs/) [d](https://example.com/x)\n`src/domain/x.ts`\n';
    expect(check({ 'README.md': text, 'src/domain/x.ts': '' })).toEqual([]);
  });

  it('names a link, a heading and a path that lead nowhere', () => {
    expect(
      check({ 'README.md': '[a](docs/b.md)\n[b](docs/a.md#two)\n`src/domain/y.ts` and `src/z/NAME.ts`\n' }),
    ).toEqual([
      'README.md:1: the link docs/b.md leads nowhere',
      'README.md:2: docs/a.md has no heading #two',
      'README.md:3: there is no src/domain/y.ts',
      'README.md:3: there is no src/z/NAME.ts',
    ]);
  });

  it('lets names in capitals and braces stand for many, and passes over code and records', () => {
    const text = '`src/domain/NAME.ts` `src/{domain,store}`\n```\n[a](nowhere.md)\n```\n';
    const tree = { 'src/domain/x.ts': '', 'src/store/x.ts': '', 'docs/decisions/0001.md': 'was `src/old.ts`\n' };
    expect(check({ 'README.md': text, ...tree })).toEqual([]);
  });
});

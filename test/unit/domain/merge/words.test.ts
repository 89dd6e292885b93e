import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { toBranchName } from '../../../../src/domain/merge/branch-name.ts';
import { lastWords } from '../../../../src/domain/merge/last-words.ts';

describe('toBranchName', () => {
  const takes = (name: string): boolean => {
    try {
      execFileSync('git', ['check-ref-format', '--branch', name], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  };

  it('takes what git takes, and nothing else', () => {
    const names = [
      'main',
      'a/b',
      'a.b',
      'a-b',
      'ä',
      'a@b',
      'a b',
      'a..b',
      '.a',
      'a/.b',
      'a.lock',
      'a/',
      '/a',
      'a//b',
      '-a',
    ];
    const odd = ['a~1', 'a^', 'a:b', 'a?', 'a*', 'a[b', 'a\\b', 'a@{b', 'a.', '', 'a\tb', 'x.lock/y', 'HEAD'];
    for (const name of [...names, ...odd])
      expect([name, toBranchName(name)]).toEqual([name, takes(name) ? name : null]);
  });

  it('knows a branch by its whole name, and takes no other ref', () => {
    const names = ['refs/heads/main', 'refs/tags/v1', '@'];
    expect(names.map(toBranchName)).toEqual(['main', null, null]);
  });
});

describe('lastWords', () => {
  it('leaves out what runtimes write at the end of any failure', () => {
    const output = `x.js:1\nthrow new Error('no')\n^\n\nError: no\n    at Object.<anonymous> (/w/x.js:1:7)\n    at node:internal/main:2:1\n\nNode.js v20.1.0\n`;
    expect(lastWords(output)).toBe("x.js:1 / throw new Error('no') / Error: no");
  });

  it('says the last five lines at most, what is there where all of it says nothing, and never more than 300 characters', () => {
    expect(lastWords(Array.from({ length: 9 }, (_, n) => `line ${n}`).join('\n'))).toBe(
      'line 4 / line 5 / line 6 / line 7 / line 8',
    );
    expect([lastWords('Node.js v20.1.0\n'), lastWords('\n')]).toEqual(['Node.js v20.1.0', '']);
    expect(lastWords(`first\n${'x'.repeat(400)}`)).toBe('x'.repeat(300));
  });
});

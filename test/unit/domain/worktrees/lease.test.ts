import { describe, expect, it } from 'vitest';
import { leaseFolders, outsideScope } from '../../../../src/domain/worktrees/lease.ts';

describe('leaseFolders', () => {
  it.each([
    { globs: ['src/**'], folders: ['src'] },
    { globs: ['src/api/*.ts', 'docs'], folders: ['docs', 'src/api'] },
    { globs: ['src/a.ts'], folders: ['src'] },
    { globs: ['packages/{api,web}/**'], folders: ['packages/api', 'packages/web'] },
    { globs: ['src/**', 'src/deep/**'], folders: ['src'] },
    { globs: ['src/**', 'src2/**'], folders: ['src', 'src2'] },
    { globs: ['data/${{ item }}/out'], folders: ['data'] },
    { globs: ['bin/tool'], folders: ['bin'] },
    { globs: ['**/*.md'], folders: null },
    { globs: ['README.md'], folders: null },
    { globs: ['../elsewhere'], folders: null },
    { globs: [], folders: null },
  ])('gives $folders for $globs', ({ globs, folders }) => {
    expect(leaseFolders(globs, (path) => path === 'bin/tool')).toEqual(folders);
  });
});

describe('outsideScope', () => {
  it('names the files that no glob names, whatever signs they hold', () => {
    const files = ['src/a.ts', 'src/b.ts', 'src/a.tsx', 'lib/x', 'lib/[y](z).ts', 'other*.ts', 'lib2/x'];
    expect(outsideScope(['src/a.ts', 'lib/**'], files)).toEqual(['src/b.ts', 'src/a.tsx', 'other*.ts', 'lib2/x']);
    expect(outsideScope([], files)).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { fileConflicts } from '../../../../src/domain/analysis/file-conflicts.ts';
import { scopesOverlap } from '../../../../src/domain/plan/glob-overlap.ts';
import { fc, runs } from '../../../support/base/properties.ts';

function task(
  id: string,
  filesScope: string[],
  options: { waits?: string[]; phase?: number; afterPhase?: number; forEach?: object } = {},
) {
  const { waits = [], ...rest } = options;
  return { id, phase: null, dependsOn: waits.map((other) => ({ task: other })), filesScope, ...rest };
}

describe('scopesOverlap', () => {
  it.each([
    ['src/a.ts', 'src/b.ts', false],
    ['src/a.ts', './src//a.ts', true],
    ['src/**', 'docs/**', false],
    ['src/**', 'src/app/main.ts', true],
    ['src', 'src/app/main.ts', true],
    ['src/app', 'src/application', false],
    ['src/*.ts', 'src/app/main.ts', false],
    ['src/*.ts', 'src/*.js', false],
    ['src/a*.ts', 'src/*b.ts', true],
    ['src/**/test/*.ts', 'src/app/**', true],
    ['**/*.md', 'docs/**', true],
    ['**/*.md', 'docs/*.ts', false],
    ['**/*.md', 'src/a.ts', false],
    ['lib/next.js', 'lib/next.js/src/*.ts', true],
    ['releases/v1.2', 'releases/v1.2/notes.md', true],
    ['src/{app,web}/**', 'src/web/x', true],
    ['src/{app,web}/**', 'src/cli/x', false],
    ['{src/app,docs}/**', 'docs/a.md', true],
    ['src/file?.ts', 'src/file1.ts', true],
    ['src/file?.ts', 'src/file12.ts', false],
    ['src/[ab].ts', 'src/c.ts', true],
    ['SRC/a.ts', 'src/A.ts', true],
    ['.', 'src/a.ts', true],
    ['../other/**', 'src/a.ts', true],
    ['!(src)/**', 'src/a.ts', true],
    ['src/{a', 'docs', true],
    ['src/${{ item }}/**', 'src/app/main.ts', true],
    ['src/${{ item }}/**', 'docs/main.ts', false],
    ['src/part-${{ item }}.ts', 'src/part-a/b.ts', true],
    ['src/part-${{ item }}.ts', 'src/other.ts', false],
    ['x'.repeat(600), 'src', true],
    ['{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}', 'src', true],
  ])('%s and %s: %s', (one, other, expected) => {
    expect(scopesOverlap([one], [other])).toBe(expected);
    expect(scopesOverlap([other], [one])).toBe(expected);
  });

  it('takes two lists for overlapping when any two of their globs are', () => {
    expect(scopesOverlap(['a/**', 'b/**'], ['c/**', 'b/x'])).toBe(true);
    expect(scopesOverlap([], ['**'])).toBe(false);
  });

  it('never overlooks a file that both globs name', () => {
    const anyName = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 }).map((all) => all.join(''));
    const anyPath = fc.array(anyName, { minLength: 1, maxLength: 4 });
    const widened = (path: string[], choices: number[]) => {
      const parts = path.map((name, index) => {
        const choice = (choices[index] ?? 0) % 6;
        if (choice === 0) return '*';
        if (choice === 1) return '**';
        if (choice === 2) return `?${name.slice(1)}`;
        if (choice === 3) return `${name[0]}*`;
        return choice === 4 ? `{x,${name}}` : name;
      });
      return parts.slice(0, (choices[5] ?? 0) % 3 === 0 ? Math.ceil(parts.length / 2) : parts.length).join('/');
    };
    const anyChoices = fc.array(fc.nat(), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(anyPath, anyChoices, anyChoices, (path, some, others) => {
        expect(scopesOverlap([widened(path, some)], [widened(path, others)])).toBe(true);
      }),
      runs(500),
    );
  });

  it('takes no long time for globs that are made to', () => {
    const hostile = `${'*a'.repeat(200)}b`;
    const deep = `${'**/a/'.repeat(80)}b`;
    expect(scopesOverlap([hostile], [`${'a*'.repeat(200)}c`])).toBe(false);
    expect(scopesOverlap([deep], [`${'a/**/'.repeat(80)}c`])).toBe(true);
  });
});

describe('fileConflicts', () => {
  it('names tasks that only their files keep apart', () => {
    const tasks = [
      task('a', ['src/**']),
      task('b', ['docs', 'src/b.ts']),
      task('after-a', ['src/a.ts'], { waits: ['a'] }),
      task('none', []),
    ];
    expect(fileConflicts(tasks)).toEqual({
      conflicts: [{ tasks: ['a', 'b'], globs: ['src/**', 'src/b.ts'] }],
      isComplete: true,
    });
  });

  it('knows that phases follow each other', () => {
    const tasks = [
      task('a', ['src'], { phase: 0 }),
      task('b', ['src'], { phase: 0 }),
      task('c', ['src'], { phase: 1, afterPhase: 0 }),
    ];
    expect(fileConflicts(tasks).conflicts.map((conflict) => conflict.tasks)).toEqual([['a', 'b']]);
  });

  it('names a for_each whose items write the same files', () => {
    const tasks = [task('all', ['docs'], { forEach: {} }), task('own', ['src/${{ item }}/**'], { forEach: {} })];
    expect(fileConflicts(tasks).conflicts).toEqual([{ tasks: ['all'], globs: ['docs', 'docs'] }]);
  });

  it('says when there are too many to name', () => {
    const tasks = Array.from({ length: 50 }, (_, index) => task(`t${index}`, ['src']));
    const { conflicts, isComplete } = fileConflicts(tasks);
    expect([conflicts.length, isComplete]).toEqual([200, false]);
  });
});

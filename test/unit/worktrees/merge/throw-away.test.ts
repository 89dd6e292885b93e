import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createThrowAways, type ThrowAways } from '../../../../src/worktrees/merge/throw-away.ts';
import { withTrainRepository } from '../../../../src/worktrees/merge/train-repository.ts';
import { commitOn, gitOf, newRepository, writeFiles } from '../../../support/coding/merge-repository.ts';

let throwAways: ThrowAways;
beforeEach(() => {
  throwAways = createThrowAways();
});
afterEach(() => throwAways.clear());

const use = <Result>(folder: string, commit: string, work: (folder: string) => Result, share: string[] = []) =>
  withTrainRepository(folder, (repository) =>
    throwAways.use(repository, { commit, below: '', share }, async (place) => work(place.folder)),
  );

/** All there is below a folder: kinds, rights to run, bytes, and where links lead. */
const told = (folder: string): string =>
  execFileSync(
    'sh',
    ['-c', 'find . -printf "%m %y %P %l\\n" | sort; find . -type f -perm -100; find . -type f -exec cksum {} + | sort'],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  );

describe('createThrowAways', () => {
  it('has the files of a commit and links to shared folders, and leaves nothing', async () => {
    const folder = newRepository({ 'a.txt': 'a\n', 'deep/link/x': 'x\n' });
    writeFiles(folder, { 'node_modules/m/index.js': 'm' });
    const commit = gitOf(folder)('rev-parse', 'HEAD');
    writeFileSync(path.join(folder, 'a.txt'), 'dirty');
    const share = ['node_modules', 'deep', 'not-there', '../..'];
    const kept = await withTrainRepository(folder, (repository) =>
      throwAways.use(repository, { commit, below: '', share }, async (place) => {
        expect(readFileSync(path.join(place.folder, 'a.txt'), 'utf8')).toBe('a\n');
        expect(readFileSync(path.join(place.folder, 'node_modules/m/index.js'), 'utf8')).toBe('m');
        expect(place.reads).toEqual([path.join(folder, 'node_modules')]);
        expect(readdirSync(place.folder).toSorted()).toEqual(['a.txt', 'deep', 'node_modules']);
        return place.folder;
      }),
    );
    await throwAways.clear();
    expect(existsSync(kept)).toBe(false);
    expect(readFileSync(path.join(folder, 'node_modules/m/index.js'), 'utf8')).toBe('m');
  });

  const files = {
    'a.txt': 'a\n',
    'b/x.txt': 'x\n',
    'b/y.txt': 'y\n',
    'c/d/e.txt': 'e\n',
    'go.bat': 'go\n',
    '.gitignore': 'out\n',
    '.gitattributes': '*.bat text\n',
  };
  const changes = {
    'a.txt': null,
    'a.txt/now.txt': 'a folder\n',
    'b/y.txt': 'why\n',
    'new.txt': 'n\n',
    'c/d/e.txt': null,
  };

  /** What the second gate of a repository finds after the first one, beside what it should. @returns also whether it had the same folder */
  async function afterGate(first: (place: string) => void, second: Readonly<Record<string, string | null>> = changes) {
    const folder = newRepository(files);
    const [one, link] = [gitOf(folder)('rev-parse', 'HEAD'), 'shared'];
    writeFiles(folder, { [`${link}/m`]: 'm' });
    const other = commitOn(folder, one, second);
    const used = await use(folder, one, (place) => (first(place), place), [link]);
    const others = createThrowAways();
    const fresh = await withTrainRepository(folder, (repository) =>
      others.use(repository, { commit: other, below: '', share: [link] }, async (place) => told(place.folder)),
    );
    await others.clear();
    const [place, found] = await use(folder, other, (at) => [at, told(at)] as const, [link]);
    return { found, fresh, isSame: place === used };
  }

  it('has the next gate of a repository go on in a folder in which nothing was changed', async () => {
    const { found, fresh, isSame } = await afterGate((place) => told(place));
    expect(found).toBe(fresh);
    expect(isSame).toBe(true);
  });

  it.each([
    [
      'bytes, with the time as it was',
      `cp -p b/x.txt ../time; printf 'X\n' > b/x.txt; touch -r ../time b/x.txt; rm ../time`,
    ],
    ['a right to run', 'chmod +x a.txt; chmod -x a.txt'],
    ['rights of a file', 'chmod 600 b/x.txt'],
    ['rights of a folder', 'chmod 700 c'],
    ['a time', 'touch -d 2099-01-01 a.txt'],
    ['a folder that is a link', 'mv b ../b; ln -s /tmp b; rm -r ../b'],
    ['a hard link', 'ln a.txt hard; rm hard'],
    ['what git ignores', 'mkdir out'],
    ['a repository', 'mkdir -p .git/hooks'],
    ['a repository in a folder', 'mkdir c/.git'],
    ['a file less', 'rm c/d/e.txt'],
  ])('shows the next gate nothing of another one’s change: %s', async (_what, harm) => {
    const run = (place: string) => void execFileSync('sh', ['-ec', harm], { cwd: place });
    const { found, fresh, isSame } = await afterGate(run);
    expect(found).toBe(fresh);
    expect(isSame).toBe(false);
  });

  it('begins anew where what files are written with changed', async () => {
    const second = { '.gitattributes': '*.bat text eol=crlf\n' };
    const { found, fresh, isSame } = await afterGate(() => undefined, second);
    expect(found).toBe(fresh);
    expect(isSame).toBe(false);
  });

  it('keeps no folder in which something went wrong, and none for two at once', async () => {
    const folder = newRepository({ 'a.txt': 'a\n' });
    const commit = gitOf(folder)('rev-parse', 'HEAD');
    let failed = '';
    const failing = use(folder, commit, (place) => {
      failed = place;
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(existsSync(failed)).toBe(false);
    const both = await withTrainRepository(folder, (repository) => {
      const what = { commit, below: '', share: [] };
      return throwAways.use(repository, what, (one) =>
        throwAways.use(repository, what, async (other) => [one.folder, other.folder]),
      );
    });
    expect(new Set(both).size).toBe(2);
    expect(both.map((each) => existsSync(each))).toEqual([false, true]);
    await throwAways.clear();
    expect(existsSync(both[1]!)).toBe(false);
  });
});

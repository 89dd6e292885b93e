import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createThrowAways, type ThrowAways } from '../../../../src/worktrees/merge/throw-away.ts';
import { withTrainRepository } from '../../../../src/worktrees/merge/train-repository.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';
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
    [
      '-c',
      'find . -mindepth 1 -printf "%y %P %l\\n" | sort; find . -type f -perm -100; find . -type f -exec cksum {} + | sort',
    ],
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

  it('shows the next gate of its repository none of what was done there', async () => {
    const files = {
      'a.txt': 'a\n',
      'b/x.txt': 'x\n',
      'b/y.txt': 'y\n',
      'run.sh': 'echo\n',
      '.gitignore': 'out\n',
      'c/d/e.txt': 'e\n',
    };
    const folder = newRepository(files);
    const first = gitOf(folder)('rev-parse', 'HEAD');
    const second = commitOn(folder, first, {
      'a.txt': null,
      'a.txt/now.txt': 'a folder\n',
      'b/y.txt': 'why\n',
      'new.txt': 'n\n',
    });
    const outside = tempFolder();
    writeFiles(outside, { 'x.txt': 'mine\n', 'y.txt': 'mine\n', e: 'mine' });
    const harm = `
      cp -p b/x.txt ../time; printf 'X\\n' > b/x.txt; touch -r ../time b/x.txt; rm ../time
      rm -r b; ln -s ${outside} b
      chmod +x run.sh; printf 'planted\\n' > run.sh
      mkdir -p out/deep .git/hooks c/.git c/d/.git nested empty/er; echo x > out/deep/f; echo hook > .git/hooks/post-checkout
      git init -q nested; echo n > nested/f; rm c/d/e.txt; mkdir c/d/e.txt; ln -s ${outside}/e c/link
      mkdir shut; echo s > shut/f; ln a.txt hard`;
    const used = await use(folder, first, (place) => {
      execFileSync('sh', ['-ec', harm], { cwd: place });
      return place;
    });
    const others = createThrowAways();
    const fresh = await withTrainRepository(folder, (repository) =>
      others.use(repository, { commit: second, below: '', share: [] }, async (place) => told(place.folder)),
    );
    await others.clear();
    const again = await use(folder, second, (place) => [place, told(place)]);
    expect(again).toEqual([used, fresh]);
    expect(readFileSync(path.join(outside, 'x.txt'), 'utf8')).toBe('mine\n');
    expect(readdirSync(outside).toSorted()).toEqual(['e', 'x.txt', 'y.txt']);
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

import { cpSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { choosePlace, readPlace, writePlace } from '../../../../src/dev/postgres/postgres-place.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';

let root: string;
beforeEach(() => void (root = tempFolder()));

const homeWith = (folder: string): { path: string } => {
  const home = { path: join(root, 'one', '.gaffer') };
  mkdirSync(home.path, { recursive: true });
  mkdirSync(join(folder, 'data'), { recursive: true });
  writePlace(home, { folder, password: 'x', port: 5, version: null });
  return home;
};
const copy = {
  get path() {
    return join(root, 'two', '.gaffer');
  },
};
const folderOf = async (home: { path: string }): Promise<string> =>
  (await choosePlace(home, () => undefined)).place.folder;

describe('where the database of a home lies', () => {
  it.each([
    ['moved', renameSync],
    ['copied', (from: string, to: string) => cpSync(from, to, { recursive: true })],
  ])('is in it, when it lay there, also when it was %s', async (_how, carry) => {
    const home = homeWith(join(root, 'one', '.gaffer', 'postgres'));
    mkdirSync(join(root, 'two'));
    carry(home.path, copy.path);
    expect(readPlace(copy)).toMatchObject({ folder: join(copy.path, 'postgres'), port: 5 });
    expect(await folderOf(copy)).toBe(join(copy.path, 'postgres'));
  });

  describe('outside of it', () => {
    let folder: string;
    beforeEach(() => {
      folder = join(root, 'data-1');
      const home = homeWith(folder);
      writeFileSync(join(folder, 'home.txt'), `${home.path}\n`);
      mkdirSync(join(root, 'two'));
    });
    const one = (): string => join(root, 'one', '.gaffer');

    it('is never that of another home which still has it, for a copy', async () => {
      cpSync(one(), copy.path, { recursive: true });
      expect(readPlace(copy)).toBeUndefined();
      await expect(folderOf(copy)).rejects.toThrow(`a copy, is that of ${one()}, in ${folder}`);
      expect(await folderOf({ path: one() })).toBe(folder);
    });

    it('goes with a home that was moved', async () => {
      renameSync(one(), copy.path);
      expect(await folderOf(copy)).toBe(folder);
    });
  });
});

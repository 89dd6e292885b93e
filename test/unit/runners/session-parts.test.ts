import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { writeHomeFile } from '../../../src/runners/home-file.ts';
import { linesOf, tailOf } from '../../../src/runners/lines.ts';
import { toSessionId } from '../../../src/runners/session-id.ts';

const chunks = (...texts: string[]) => Readable.from(texts.map((text) => Buffer.from(text)));
const all = async (lines: AsyncIterable<string>) => {
  const found: string[] = [];
  for await (const line of lines) found.push(line);
  return found;
};

describe('lines of a program', () => {
  it('come whole, however they were cut, without their ends', async () => {
    const euro = Buffer.from('€');
    const cut = Readable.from([
      Buffer.from('a\nb'),
      Buffer.from('c\r\n'),
      euro.subarray(0, 1),
      euro.subarray(1),
      Buffer.from('\nlast'),
    ]);
    expect(await all(linesOf(cut))).toEqual(['a', 'bc', '€', 'last']);
  });

  it('are left out where they are too long, and those behind them are not', async () => {
    expect(await all(linesOf(chunks('x'.repeat(7), 'x'.repeat(7), '\nshort\n', 'y'.repeat(20)), 10))).toEqual([
      'short',
    ]);
  });

  it('end as they end', async () => {
    expect(await tailOf(chunks('abc', 'defg'), 5)).toBe('cdefg');
  });
});

describe('the id of a session', () => {
  const key = { runKey: 'r:1', taskId: 'one', attempt: 1, number: '0/1/1/0' };

  it('is a UUID, the same for the same session and another for each other one', () => {
    expect(toSessionId(key)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(toSessionId({ ...key })).toBe(toSessionId(key));
    const others = [{ runKey: 'r:2' }, { taskId: 'two' }, { attempt: 2 }, { number: '0/1/2/0' }].map((more) =>
      toSessionId({ ...key, ...more }),
    );
    expect(new Set([toSessionId(key), ...others]).size).toBe(5);
  });
});

describe('a file in the home of a session', () => {
  it('takes the place of whatever a program left there, and follows no link', async () => {
    const top = mkdtempSync(join(tmpdir(), 'gaffer-home-'));
    onTestFinished(() => rmSync(top, { recursive: true, force: true }));
    const mine = join(top, 'mine');
    writeFileSync(mine, 'untouched');
    const home = join(top, 'home');
    await writeHomeFile(home, 'a', 'one');
    rmSync(join(home, 'a'));
    symlinkSync(mine, join(home, 'a'));
    expect(readFileSync(await writeHomeFile(home, 'a', 'two'), 'utf8')).toBe('two');
    expect(readFileSync(mine, 'utf8')).toBe('untouched');
  });
});

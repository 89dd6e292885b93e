import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runBody } from '../../support/script/run-source.ts';

const body = `
  phase('first')
  const seen = new Map()
  const found = await parallel(['a', 'b', 'c'].map((name) => async () => {
    const text = await agent('look at ' + name)
    seen.set(name, seen.size)
    return (await agent('again ' + name + ' ' + text + ' ' + seen.size)) + Object.keys(seen).length
  }))
  await Promise.race([agent('slow'), new Promise((done) => setTimeout(done, 50))])
  const more = await pipeline([3, 1, 2].toSorted(), (n) => agent('stage ' + n), (text, n) => (n === 2 ? null : agent('next ' + n + text)))
  return { found, more, seen: [...seen], sum: Math.sin(1) + Math.exp(0.3), at: new Date(2020, 5, 1).toString(), text: 'ä'.localeCompare('z'), e: new Error('x').stack }`;

// The answers come in the same order, and later.
const answers = (factor: number) => ({
  '': 'later',
  'look at a': { text: 'A', delay: 3 * factor },
  'look at b': { text: 'B', delay: factor },
  'look at c': { text: 'C', delay: 2 * factor },
});

describe('a script that is run again', () => {
  it('asks the same, in the same order, and ends the same, however long the same answers take', async () => {
    const runs = await Promise.all([1, 1, 60].map((factor) => runBody(body, { answers: answers(factor) })));
    const [first, ...others] = runs.map(({ end, world }) => ({
      end,
      calls: world.seen.calls,
      phases: world.seen.phases,
    }));
    expect(first!.end).toMatchObject({ status: 'returned' });
    for (const other of others) expect(other).toEqual(first);
  });

  it('has the interpreter that the package brings', () => {
    const script = fileURLToPath(new URL('../../../scripts/quickjs.mjs', import.meta.url));
    expect(execFileSync(process.execPath, [script, '--check'], { encoding: 'utf8' })).toBe('');
  });
});

import { describe, expect, it } from 'vitest';
import { keepLast } from '../../../src/domain/keep-last.ts';

interface Held {
  key: string;
  size: number;
}

/** Reads things whose keys say their size, and counts how often. */
function reader(most: number, least?: number) {
  const reads: string[] = [];
  const load = (key: string): Promise<Held> => {
    reads.push(key);
    return key === 'away' ? Promise.reject(new Error('away')) : Promise.resolve({ key, size: Number(key.slice(1)) });
  };
  return {
    reads,
    get: keepLast({ most, ...(least !== undefined && { least }), sizeOf: ({ size }: Held) => size }, load),
  };
}

describe('keepLast', () => {
  it('keeps any number of small things, each read once', async () => {
    const { reads, get } = reader(1000);
    const keys = Array.from({ length: 500 }, (_, index) => `${String.fromCharCode(200 + index)}1`);
    for (let round = 0; round < 2; round++) for (const key of keys) await get(key);
    expect(reads).toEqual(keys);
  });

  it('lets those go that were used least lately, until the rest fits', async () => {
    const { reads, get } = reader(1000);
    for (const key of ['a400', 'b400', 'a400', 'c300']) await get(key);
    expect(reads.splice(0)).toEqual(['a400', 'b400', 'c300']);
    for (const key of ['a400', 'c300', 'b400']) await get(key);
    expect(reads).toEqual(['b400']);
  });

  it('keeps the newest however large it is, alone', async () => {
    const { reads, get } = reader(1000);
    for (const key of ['a10', 'b5000', 'b5000', 'a10', 'b5000']) await get(key);
    expect(reads).toEqual(['a10', 'b5000', 'a10', 'b5000']);
  });

  it('keeps so many however large they are that take turns, and lets go of those before', async () => {
    const { reads, get } = reader(1000, 3);
    for (let round = 0; round < 3; round++) for (const key of ['a5000', 'b5000', 'c5000']) await get(key);
    expect(reads.splice(0)).toEqual(['a5000', 'b5000', 'c5000']);
    for (const key of ['d10', 'b5000', 'c5000', 'a5000']) await get(key);
    expect(reads).toEqual(['d10', 'a5000']);
  });

  it('counts what has grown since', async () => {
    const { reads, get } = reader(1000);
    const first = await get('a100');
    await get('b100');
    first.size = 950;
    await get('c100');
    await get('b100');
    expect(reads).toEqual(['a100', 'b100', 'c100']);
    await get('a100');
    expect(reads.at(-1)).toBe('a100');
  });

  it('reads once for all who ask at the same time, and again after a failure', async () => {
    const { reads, get } = reader(1000);
    const [one, other] = await Promise.all([get('a10'), get('a10')]);
    expect(one).toBe(other);
    await expect(get('away')).rejects.toThrow('away');
    await expect(get('away')).rejects.toThrow('away');
    expect(reads).toEqual(['a10', 'away', 'away']);
  });
});

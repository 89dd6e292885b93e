import { describe, expect, it } from 'vitest';
import type { Sql } from '../../../../src/store/database/sql.ts';
import { Openings } from '../../../../src/store/service/openings.ts';
import { until } from '../../../support/base/until.ts';

/** A database whose open runs a test says, and which counts how often it is asked. */
function loneSql(open: Set<string>) {
  const asked: string[][] = [];
  const query = (_text: string, [keys]: [string[]]) => {
    asked.push(keys);
    if (open.has('broken')) return Promise.reject(new Error('away'));
    const rows = keys.filter((key) => open.has(key)).map((key) => ({ run_key: key }));
    return Promise.resolve({ rows, rowCount: rows.length });
  };
  return { sql: { query } as unknown as Sql, asked };
}

describe('readers of runs that no worker has begun', () => {
  it('are one query at a time, which asks for each run once', async () => {
    const open = new Set<string>();
    const { sql, asked } = loneSql(open);
    const openings = new Openings(sql);
    const readers = Array.from({ length: 20 }, (_, index) =>
      openings.until(index % 2 ? 'a' : 'b', new AbortController().signal),
    );
    await until('they were looked for three times', () => asked.length >= 3);
    expect(asked.slice(1).map((keys) => keys.length)).toEqual(asked.slice(1).map(() => 2));
    for (const key of ['a', 'b']) open.add(key);
    const before = asked.length;
    await Promise.all(readers);
    expect(asked.length).toBeLessThanOrEqual(before + 1);
  });

  it('leave with their signal, and are told when the database is away', async () => {
    const open = new Set<string>();
    const openings = new Openings(loneSql(open).sql);
    const stop = new AbortController();
    const left = openings.until('a', stop.signal);
    const stays = openings.until('a', new AbortController().signal);
    stop.abort();
    await left;
    open.add('broken');
    await expect(stays).rejects.toThrow('away');
  });
});

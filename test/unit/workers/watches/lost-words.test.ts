import type { Client } from '@temporalio/client';
import { expect, it } from 'vitest';
import type { Sql } from '../../../../src/store/database/sql.ts';
import { LostWords } from '../../../../src/workers/watches/lost-words.ts';

const words = ['new', 'stuck', 'old'].map((runId) => {
  const called = { callKey: `${runId}~1/1/0/ask`, key: 'answer/m', workflowId: runId, taskId: 'one' };
  return { runId, ...called, calledAt: new Date(0) };
});

it('a word that cannot be said keeps no older ones from being said, and is tried again', async () => {
  const said: string[] = [];
  let isStuck = true;
  const signal = async (id: string): Promise<void> => {
    if (id === 'stuck' && isStuck) throw new Error('too many signals');
    said.push(id);
  };
  const client = {
    workflow: { getHandle: (id: string) => ({ signal: () => signal(id) }) },
  } as unknown as Client;
  const sql = { query: () => Promise.resolve({ rows: words, rowCount: words.length }) } as unknown as Sql;
  const lost = new LostWords({ sql, client } as unknown as ConstructorParameters<typeof LostWords>[0]);
  await expect(lost.say()).rejects.toThrow('1 of 3 words could not be said');
  expect(said).toEqual(['new', 'old']);
  isStuck = false;
  expect([await lost.say(), await lost.say()]).toEqual([1, 0]);
  expect(said).toEqual(['new', 'old', 'stuck']);
});

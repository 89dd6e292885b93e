import { describe, expect, it } from 'vitest';
import type { RunEntry } from '../../../../src/client/runs.ts';
import { comparePath, inBatches, type BulkResult } from '../../../../web/src/pages/runs/bulk.ts';

const result = (runId: string): BulkResult => ({ runId, run: null, problem: null });
const entries = (...ids: string[]): RunEntry[] => ids.map((runId) => ({ runId }) as RunEntry);

describe('a bulk', () => {
  it('keeps what was done when a later batch fails, and goes on with that batch', async () => {
    const ids = Array.from({ length: 450 }, (_, index) => `run-${index}`);
    const sent: [number, number][] = [];
    let results: readonly BulkResult[] = [];
    let isLost = true;
    const send = async (batch: readonly string[], number: number): Promise<BulkResult[]> => {
      sent.push([number, batch.length]);
      if (number === 200 && isLost) throw new Error('lost');
      return batch.map(result);
    };
    const told = (all: readonly BulkResult[]): void => void (results = all);
    await expect(inBatches(ids, results, send, told)).rejects.toThrow('lost');
    expect(results).toHaveLength(200);
    isLost = false;
    const all = await inBatches(ids, results, send, told);
    expect(all.map(({ runId }) => runId)).toEqual(ids);
    expect(sent).toEqual([
      ...[
        [0, 200],
        [200, 200],
      ],
      ...[
        [200, 200],
        [400, 50],
      ],
    ]);
  });

  it('lays two to four runs side by side', () => {
    expect(comparePath(entries('a', 'b&c')).path).toBe('/compare?run=a&run=b%26c');
    expect(comparePath(entries('a')).why).toBe('two to four runs can be compared');
    expect(comparePath(entries('a', 'b', 'c', 'd', 'e')).path).toBeNull();
  });
});

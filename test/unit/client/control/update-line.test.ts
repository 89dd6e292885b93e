import type { Client } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { inLine } from '../../../../src/client/control/update-line.ts';

const client = {} as Client;

describe('updates to one run', () => {
  it('are sent eight at a time, in their order, also after one that failed; those to other runs do not wait', async () => {
    const ends: { resolve: () => void; reject: (error: Error) => void }[] = [];
    const begun: number[] = [];
    const send = (number: number, runId = 'r') =>
      inLine(client, runId, async () => {
        begun.push(number);
        await new Promise<void>((resolve, reject) => (ends[number] = { resolve, reject }));
        return number;
      });
    const sent = Array.from({ length: 20 }, (_, number) => send(number));
    const other = send(99, 'other');
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 99]);
    ends[3]!.reject(new Error('refused'));
    await expect(sent[3]).rejects.toThrow('refused');
    expect(begun.slice(9)).toEqual([8]);
    ends[99]!.resolve();
    expect(await other).toBe(99);
    for (const number of [0, 1, 2, 4, 5, 6, 7]) ends[number]!.resolve();
    await sent[7];
    expect(begun.slice(10)).toEqual([9, 10, 11, 12, 13, 14, 15]);
    for (let number = 8; number < 20; number++) {
      ends[number]!.resolve();
      expect(await sent[number]).toBe(number);
    }
    const again = send(100);
    ends[100]!.resolve();
    expect(await again).toBe(100);
  });
});

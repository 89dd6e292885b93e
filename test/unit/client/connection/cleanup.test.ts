import { describe, expect, it } from 'vitest';
import { Cleanup } from '../../../../src/client/connection/cleanup.ts';

describe('Cleanup', () => {
  it('undoes everything once, last first, also past a failing step', async () => {
    const order: string[] = [];
    const cleanup = new Cleanup();
    for (const name of ['stack', 'store', 'worker']) {
      cleanup.add(() => {
        order.push(name);
        return name === 'store' ? Promise.reject(new Error('store')) : Promise.resolve();
      });
    }
    await expect(cleanup.run()).rejects.toThrow('store');
    await expect(cleanup.run()).rejects.toThrow('store');
    expect(order).toEqual(['worker', 'store', 'stack']);
  });

  it('undoes what was done when the work fails, and keeps its error', async () => {
    const order: string[] = [];
    const cleanup = new Cleanup();
    const work = cleanup.orUndo(async () => {
      cleanup.add(async () => void order.push('undone'));
      throw new Error('half-way');
    });
    await expect(work).rejects.toThrow('half-way');
    expect(order).toEqual(['undone']);
  });
});

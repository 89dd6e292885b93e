import { describe, expect, it } from 'vitest';
import { isNamed, readFilters } from '../../../../web/src/pages/runs/filters.ts';

describe('a filter with a name', () => {
  it('is shown as chosen with its own order, and in any where it says none', () => {
    const plain = readFilters('status=failed');
    const sorted = readFilters('status=failed&sort=attention');
    expect([isNamed(plain, 'status=failed'), isNamed(sorted, 'status=failed')]).toEqual([true, true]);
    expect(isNamed(sorted, 'status=failed&sort=attention')).toBe(true);
    expect(isNamed(plain, 'status=failed&sort=attention')).toBe(false);
    expect(isNamed(readFilters(''), '')).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { pack, unpack } from '../../../src/domain/packed.ts';
import { fc } from '../../support/base/properties.ts';

describe('pack', () => {
  it('gives back what was packed, whatever it was', () => {
    const value = fc.oneof(
      fc.constantFrom({ status: 'pending' }, { status: 'succeeded', attempts: 1 }, null),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(fc.array(value), (values) => {
        const plain = JSON.parse(JSON.stringify(values)) as unknown[];
        const sent = JSON.parse(JSON.stringify(pack(plain))) as ReturnType<typeof pack>;
        expect(unpack(sent)).toEqual(plain);
      }),
    );
  });

  it('takes one character for each of many that are alike', () => {
    const values = Array.from({ length: 10_000 }, (_, index) => ({
      status: index % 2 ? 'succeeded' : 'pending',
      attempts: 1,
    }));
    expect(JSON.stringify(pack(values)).length).toBeLessThan(10_200);
  });

  it('keeps more kinds of values than it has words for', () => {
    const values = Array.from({ length: 400 }, (_, index) => ({ attempts: index % 200 }));
    expect(unpack(pack(values))).toEqual(values);
  });
});

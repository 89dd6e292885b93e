import { describe, expect, it } from 'vitest';
import { outlineOptions, toOutlineTask } from '../../../../src/domain/plan/outline.ts';
import { task } from '../../../support/plan/builders.ts';
import { fc } from '../../../support/base/properties.ts';

describe('toOutlineTask', () => {
  it('leaves out what stands at its default', () => {
    const plain = task({ id: 'a', retry: { maxAttempts: 1, backoffMs: 2000 } });
    expect(toOutlineTask(plain, 1)).toEqual({ id: 'a', phase: null, context: 'a', agent: 'worker', dependsOn: [] });
  });

  it('says the same as the task, once defaults are filled in', () => {
    const tasks = fc.record({
      priority: fc.integer({ min: 1, max: 10 }),
      continueOnError: fc.boolean(),
      join: fc.oneof(
        fc.constantFrom('all' as const, 'any' as const),
        fc.record({ quorum: fc.integer({ min: 1, max: 9 }) }),
      ),
      afterPhase: fc.option(fc.nat(5)),
      filesScope: fc.array(fc.string()),
      decompose: fc.boolean(),
      timeoutMs: fc.option(fc.nat()),
      forEach: fc.option(fc.record({ items: fc.string(), size: fc.option(fc.nat(5)) })),
      repeat: fc.option(fc.record({ until: fc.string(), max: fc.nat(5) })),
    });
    fc.assert(
      fc.property(tasks, fc.integer({ min: 1, max: 1e6 }), (options, weightMs) => {
        const { forEach, repeat, ...same } = options;
        const outlined = toOutlineTask(task({ id: 'a', ...options }), weightMs);
        expect(outlineOptions(outlined)).toMatchObject({ ...same, weightMs });
        expect(outlineOptions(outlined).forEach).toEqual(forEach && { size: forEach.size });
        expect(outlineOptions(outlined).repeat).toEqual(repeat && { max: repeat.max });
      }),
    );
  });

  it('never holds a text or an expression', () => {
    const secret = 'SECRET';
    const outlined = toOutlineTask(
      task({
        ...{ id: 'a', prompt: secret, template: [secret], when: secret, output: { description: secret } },
        ...{ forEach: { items: secret, size: 1 }, repeat: { until: secret, max: 2 } },
        compensate: { kind: 'bash', command: secret, env: {} },
      }),
      1,
    );
    expect(JSON.stringify(outlined)).not.toContain(secret);
  });
});

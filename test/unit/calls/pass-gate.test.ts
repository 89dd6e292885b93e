import { describe, expect, it } from 'vitest';
import { GateClosed, passGateOnTheLine } from '../../../src/calls/pass-gate.ts';
import { enterGate } from '../../../src/gateway/call/enter-gate.ts';
import type { ModelGates, Moment } from '../../../src/store/gates/model-gates.ts';

/** A gate that says these things, one after the other. */
const gateOf = (...moments: Partial<Moment>[]): ModelGates =>
  ({
    enter: async () => ({ waitMs: 0, taken: true, stamp: 0, ...moments.shift()! }),
    holds: async () => true,
  }) as unknown as ModelGates;
const call = { model: 'a-model', tokens: 10, insists: false };

describe('a call with its agent on the line', () => {
  const { signal } = new AbortController();

  it('waits for a turn that is further away than a place is kept for', async () => {
    const gates = gateOf({ taken: false, waitMs: 30 }, { taken: false, waitMs: 20 }, { stamp: 7 });
    expect(await passGateOnTheLine(gates, call, { signal, mostMs: 50 })).toMatchObject({ stamp: 7 });
  });

  it('is told when its turn comes once waiting takes longer in all than its agent can', async () => {
    const gates = gateOf({ taken: false, waitMs: 30 }, { taken: false, waitMs: 21 });
    const error = await passGateOnTheLine(gates, call, { signal, mostMs: 50 }).catch((each: unknown) => each);
    expect(error).toBeInstanceOf(GateClosed);
    expect(error).toMatchObject({ waitMs: 21 });
  });

  it('is given up at once when nobody needs it any more', async () => {
    const over = new AbortController();
    const gates = gateOf({ taken: false, waitMs: 90_000 });
    const failed = expect(passGateOnTheLine(gates, call, { signal: over.signal, mostMs: 100_000 })).rejects.toThrow();
    over.abort();
    await failed;
  });

  it('has what its earlier tries left of that', async () => {
    const provider = { gates: gateOf({ taken: false, waitMs: 40_000 }) };
    const asking = { provider, read: { model: 'a-model' } } as unknown as Parameters<typeof enterGate>[0];
    const failed = enterGate(asking, 10, { signal, silentSince: performance.now() - 201_000 });
    await expect(failed).rejects.toMatchObject({ kind: 'rate-limited', retryAfterMs: 40_000 });
  });
});

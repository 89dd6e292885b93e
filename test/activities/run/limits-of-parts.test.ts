import { describe, expect, it } from 'vitest';
import { phase, plan, task } from '../../support/plan/builders.ts';
import { planDefaults } from '../../../src/domain/plan/plan.ts';
import { useStore } from '../../support/store/store-run.ts';

const { store, open } = useStore();
const own = (usd: number | null, tokens: number | null = null) => ({ usd, tokens });

const parts = plan({
  limits: { ...planDefaults.limits, perAgent: { worker: own(null, 900) } },
  phases: [{ ...phase('Build'), limits: own(2) }, phase('Test')],
  tasks: [task({ id: 'a', phase: 0, limits: own(1) }), task({ id: 'b', phase: 1 })],
});

describe('limits of parts of a run', () => {
  it('are set before a call counts to them, and after; what is not named stays', async () => {
    const run = await open(parts);
    const set = (limits: { scope: string; usd?: number; tokens?: number }) => run.record({ limits });
    for (const _again of [1, 2]) {
      expect((await set({ scope: 'task/a', tokens: 500 })).problem).toBeUndefined();
      await set({ scope: 'phase/Build', usd: 3 });
      await set({ scope: 'agent/worker', tokens: 1000 });
    }
    const rows = async () => {
      const text = 'select scope, limit_nano, limit_tokens from ledger where run_no = $1 order by scope';
      return (await store().sql.query(text, [run.frozen.no])).rows;
    };
    expect(await rows()).toEqual([
      { scope: 'agent/worker', limit_nano: null, limit_tokens: 1000 },
      { scope: 'phase/Build', limit_nano: 3_000_000_000, limit_tokens: null },
      { scope: 'task/a', limit_nano: 1_000_000_000, limit_tokens: 500 },
    ]);
    await set({ scope: 'task/a', usd: 4 });
    expect((await rows())[2]).toEqual({ scope: 'task/a', limit_nano: 4_000_000_000, limit_tokens: 500 });
  });

  it.each(['task/b', 'phase/Test', 'agent/foreman', 'phase/constructor'])(
    'are not made where there is none: %s',
    async (scope) => {
      const run = await open(parts);
      const { problem } = await run.record({ limits: { scope, usd: 1 } });
      expect(problem).toBe(
        `${scope.replace('/', ' ')} has no limit of its own in the plan, so there is none to change: the limits of the run hold for it`,
      );
      expect((await store().sql.query('select 1 from ledger where run_no = $1', [run.frozen.no])).rows).toEqual([]);
    },
  );
});

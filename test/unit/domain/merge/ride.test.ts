import { describe, expect, it } from 'vitest';
import { rideTrain, type GateVerdict, type Landing, type TrainHands } from '../../../../src/domain/merge/ride.ts';
import { fc, runs } from '../../../support/base/properties.ts';

const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `t${index}`);
const red: GateVerdict = { kind: 'red', reason: 'npm test failed' };
const broken: GateVerdict = { kind: 'broken', reason: 'npm: no such command' };
const green: GateVerdict = { kind: 'green', reason: '' };

interface World {
  guilty: ReadonlySet<string>;
  conflicts?: ReadonlySet<string>;
  /** Branches that conflict with another one that is in, or before them. */
  against?: Readonly<Record<string, string>>;
  target?: GateVerdict;
  /** What a guilty branch does to the gates. */
  verdict?: GateVerdict;
  /** How often somebody else moves the target first. */
  moves?: number;
  /** Branches that a checkout of the target holds back. */
  stuck?: ReadonlySet<string>;
  /** Branches that began from another one, and bring it along. */
  from?: Readonly<Record<string, string>>;
}

// A repository as the train sees it: the target is what has landed, and a commit is what it holds.
function worldOf({
  guilty,
  conflicts = new Set(),
  against = {},
  target = green,
  verdict = red,
  moves = 0,
  ...world
}: World) {
  const { stuck = new Set<string>(), from = {} } = world;
  const seen = {
    landed: [] as string[],
    rejected: [] as string[],
    held: [] as string[],
    gates: 0,
    reasons: [] as string[],
  };
  const greenNow = new Set<string>();
  let [chain, foreign] = [[] as string[], 0];
  const isAgainst = (id: string, left: readonly string[]): boolean => {
    const other = against[id];
    return other !== undefined && (seen.landed.includes(other) || left.includes(other));
  };
  const keyOf = (count: number): string => JSON.stringify([foreign, ...seen.landed, ...chain.slice(0, count)]);
  const hands: TrainHands = {
    async couple(left) {
      chain = left.filter((id) => !conflicts.has(id) && !isAgainst(id, left));
      const later = chain.length === 0 ? [] : left.filter((id) => isAgainst(id, left) && !chain.includes(id));
      return { chain, later };
    },
    async gate(count) {
      seen.gates++;
      const found = chain.slice(0, count).some((id) => guilty.has(id)) ? verdict : target;
      if (found.kind === 'green') greenNow.add(keyOf(count));
      return found;
    },
    async land(count): Promise<Landing> {
      // M1
      if (!greenNow.has(keyOf(count))) throw new Error(`landed what no gate was green on: ${keyOf(count)}`);
      if (foreign < moves) {
        foreign++;
        return { kind: 'moved' };
      }
      const going = chain.slice(0, count);
      const by = going.filter((id) => stuck.has(id)).map((id) => ({ id, reason: `${id} is changed there` }));
      if (by.length > 0) return { kind: 'held', reason: 'files are changed there', by };
      seen.landed.push(...going);
      return { kind: 'landed', along: going.flatMap((id) => from[id] ?? []) };
    },
    reject: async (id, reason) => void (seen.rejected.push(id), seen.reasons.push(reason)),
    hold: async (left, reason) => void (seen.held.push(...left), seen.reasons.push(reason)),
  };
  return { seen, hands };
}

const bound = (count: number): number => Math.ceil(Math.log2(count)) + 2;

describe('rideTrain', () => {
  it('lets everything in with one gate where nothing fails', async () => {
    const { seen, hands } = worldOf({ guilty: new Set() });
    await rideTrain(ids(100), hands);
    expect(seen).toMatchObject({ landed: ids(100), rejected: [], held: [], gates: 1 });
  });

  it('lets a branch in that conflicts with nobody but one that stays out', async () => {
    for (const count of [2, 3, 6]) {
      const { seen, hands } = worldOf({ guilty: new Set(['t0']), against: { t1: 't0' } });
      await rideTrain(ids(count), hands);
      expect([seen.landed.toSorted(), seen.rejected, seen.held]).toEqual([ids(count).slice(1), ['t0'], []]);
    }
  });

  it('leaves a branch out that conflicts with one that goes in, and has it wait where nothing can be said', async () => {
    const clear = worldOf({ guilty: new Set(), against: { t1: 't0' } });
    await rideTrain(ids(3), clear.hands);
    expect([clear.seen.landed, clear.seen.rejected, clear.seen.held]).toEqual([['t0', 't2'], [], []]);
    const stuck = worldOf({ guilty: new Set(), target: broken, against: { t1: 't0' } });
    await rideTrain(ids(3), stuck.hands);
    expect([stuck.seen.landed, stuck.seen.held.toSorted()]).toEqual([[], ids(3)]);
  });

  it('finds the one guilty branch with at most ⌈log2 n⌉ + 2 gates, wherever it stands, and lets the others in', async () => {
    for (let count = 1; count <= 65; count++)
      for (let at = 0; at < count; at++) {
        const { seen, hands } = worldOf({ guilty: new Set([`t${at}`]) });
        await rideTrain(ids(count), hands);
        expect(seen.gates, `${at} of ${count}`).toBeLessThanOrEqual(bound(count));
        expect(seen).toMatchObject({
          rejected: [`t${at}`],
          held: [],
          landed: ids(count).filter((id) => id !== `t${at}`),
        });
      }
  });

  it('lets in just those that are not guilty, whoever is, while others move the target and branches conflict', async () => {
    const cases = fc.record({
      count: fc.integer({ min: 0, max: 20 }),
      guilty: fc.uniqueArray(fc.integer({ min: 0, max: 19 })),
      conflicts: fc.uniqueArray(fc.integer({ min: 0, max: 19 }), { maxLength: 5 }),
      moves: fc.integer({ min: 0, max: 5 }),
      verdict: fc.constantFrom(red, broken),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ count, moves, verdict, ...sets }) => {
        const all = ids(count);
        const guilty = new Set(sets.guilty.map((at) => `t${at}`));
        const conflicts = new Set(sets.conflicts.map((at) => `t${at}`));
        const { seen, hands } = worldOf({ guilty, conflicts, moves, verdict });
        await rideTrain(all, hands);
        const coupled = all.filter((id) => !conflicts.has(id));
        expect(seen.landed).toEqual(coupled.filter((id) => !guilty.has(id)));
        expect(seen.rejected).toEqual(coupled.filter((id) => guilty.has(id)));
        expect(seen.held).toEqual([]);
      }),
      runs(300),
    );
  });

  it('holds back alone what a checkout holds back, each with its own reason, and gates the others without it', async () => {
    const cases = fc.record({
      count: fc.integer({ min: 1, max: 12 }),
      guilty: fc.uniqueArray(fc.integer({ min: 0, max: 11 }), { maxLength: 3 }),
      stuck: fc.uniqueArray(fc.integer({ min: 0, max: 11 }), { maxLength: 4 }),
      moves: fc.integer({ min: 0, max: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ count, moves, ...sets }) => {
        const [guilty, stuck] = [sets.guilty, sets.stuck].map((of) => new Set(of.map((at) => `t${at}`)));
        const { seen, hands } = worldOf({ guilty: guilty!, stuck: stuck!, moves });
        await rideTrain(ids(count), hands);
        const fine = ids(count).filter((id) => !guilty!.has(id));
        expect(seen.landed.toSorted()).toEqual(fine.filter((id) => !stuck!.has(id)).toSorted());
        expect(seen.held.toSorted()).toEqual(fine.filter((id) => stuck!.has(id)).toSorted());
        expect(seen.rejected.toSorted()).toEqual(
          ids(count)
            .filter((id) => guilty!.has(id))
            .toSorted(),
        );
        for (const id of seen.held) expect(seen.reasons).toContain(`${id} is changed there`);
      }),
      runs(200),
    );
  });

  it('lets in just those that are not guilty where two are, whichever they are', async () => {
    for (const count of [2, 3, 5, 8, 13, 40])
      for (let one = 0; one < count; one++)
        for (let other = one + 1; other < count; other++) {
          const guilty = new Set([`t${one}`, `t${other}`]);
          const { seen, hands } = worldOf({ guilty });
          await rideTrain(ids(count), hands);
          expect(seen).toMatchObject({
            rejected: [...guilty],
            held: [],
            landed: ids(count).filter((id) => !guilty.has(id)),
          });
        }
  });

  it('never says of a branch that it is out which comes in with one that began from it', async () => {
    const guilty = new Set(['t0']);
    const { seen, hands } = worldOf({ guilty, from: { t2: 't0' } });
    await rideTrain(ids(3), hands);
    expect(seen).toMatchObject({ landed: ['t1', 't2'], rejected: [] });
    const early = worldOf({ guilty, from: { t2: 't0' } });
    await rideTrain(ids(3), early.hands, true);
    expect(early.seen.rejected).toEqual(['t0']);
  });

  it('tells who is out also when the train breaks off', async () => {
    const { seen, hands } = worldOf({ guilty: new Set(['t1']) });
    const land = (): Promise<Landing> => Promise.reject(new Error('stopped'));
    await expect(rideTrain(ids(4), { ...hands, land })).rejects.toThrow('stopped');
    expect(seen.rejected).toEqual(['t1']);
  });

  it('blames nobody where the target fails by itself, or its gates cannot run', async () => {
    for (const target of [red, broken])
      for (const count of [1, 2, 3, 9]) {
        const { seen, hands } = worldOf({ guilty: new Set(), target });
        await rideTrain(ids(count), hands);
        expect(seen).toMatchObject({ landed: [], rejected: [] });
        expect(seen.held.toSorted()).toEqual(ids(count).toSorted());
        expect(seen.reasons.join()).toContain(target.kind === 'red' ? 'fails its gates by itself' : 'cannot run');
      }
  });

  it('leaves branches waiting whose target somebody else moves without an end', async () => {
    const { seen, hands } = worldOf({ guilty: new Set(), moves: Infinity });
    await rideTrain(ids(3), hands);
    expect(seen).toMatchObject({ landed: [], rejected: [], held: ids(3), gates: 20 });
  });
});

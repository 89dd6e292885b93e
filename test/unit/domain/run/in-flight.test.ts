import { describe, expect, it } from 'vitest';
import { boundedSlotsOf, mostTasks, slotsOf } from '../../../../src/domain/run/in-flight.ts';

describe('what may be under way', () => {
  it.each([
    { what: 'few', maxParallel: 10, running: 0, inFlight: 0, slots: 10, bounded: 10 },
    { what: 'a wide run at its beginning', maxParallel: 1000, running: 0, inFlight: 0, slots: 100, bounded: 100 },
    { what: 'a wide run', maxParallel: 1000, running: 950, inFlight: 950, slots: 1000, bounded: 1000 },
    { what: 'a thousand that wait', maxParallel: 10, running: 0, inFlight: mostTasks, slots: 10, bounded: 0 },
    { what: 'all but three of them', maxParallel: 10, running: 2, inFlight: mostTasks - 3, slots: 10, bounded: 5 },
    { what: 'more than there may be', maxParallel: 10, running: 4, inFlight: mostTasks + 50, slots: 10, bounded: 4 },
  ])('begins no more than fits beside $what', ({ slots, bounded, ...standing }) => {
    expect(slotsOf(standing)).toBe(slots);
    expect(boundedSlotsOf(standing)).toBe(bounded);
  });
});

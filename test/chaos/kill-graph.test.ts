import { describe, it } from 'vitest';
import { crashGraph, graphPlaces } from '../support/crash/graph-run.ts';
import { seedsOf } from '../support/crash/seeds.ts';
import { openCrashStage } from '../support/crash/stage.ts';

// product.md 2C, F1, over everything that a graph has. The seed is in the test's name.
describe.each([{ mode: 'child' as const }, { mode: 'inline' as const }, { mode: 'auto' as const }])(
  'a graph whose worker is killed, tasks $mode',
  ({ mode }) => {
    const stage = openCrashStage({ settings: { unsandboxedShell: true } });

    describe.each(graphPlaces)('%s', (place) => {
      it.each(seedsOf(1))('seed %i', (seed) => crashGraph({ stage, mode, place }, seed));
    });
  },
);

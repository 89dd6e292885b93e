import { describe, it } from 'vitest';
import { seedsOf } from '../support/crash/seeds.ts';
import { openCrashStage } from '../support/crash/stage.ts';
import { storm } from '../support/crash/storm.ts';

describe('a graph in a storm', () => {
  const stage = openCrashStage({ settings: { unsandboxedShell: true } });

  it.each(seedsOf(1))('seed %i', { timeout: 120_000 }, (seed) => storm(stage, seed));
});

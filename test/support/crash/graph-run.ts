import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Run } from '../../../src/client/index.ts';
import type { RunEvent } from '../../../src/domain/run/run-events.ts';
import { allEvents } from '../run/all-events.ts';
import { graphCalls, graphPlan, graphScript } from './graph.ts';
import { rightSum, workFile } from './crew.ts';
import { seeded } from './seeds.ts';
import type { Kill } from '../invariants/invariants.ts';
import { violations } from '../invariants/invariants.ts';
import { openApprover } from '../run/approver.ts';
import type { CrashStage } from './stage.ts';
import type { RunEnv } from '../run/run-env.ts';
import { holdLock, hasWaiting, waitsFor } from '../store/table-locks.ts';
import { until } from '../base/until.ts';

/** Where a worker is caught while a graph runs. */
export const graphPlaces = ['call', 'event', 'progress', 'waiting', 'paused'] as const;
type GraphPlace = (typeof graphPlaces)[number];

const longestRunMs = 45_000;
const events = 110;

/** Which graph is hit where. */
interface Scene {
  stage: CrashStage;
  mode: 'child' | 'inline' | 'auto';
  place: GraphPlace;
}

/** Runs a graph, kills its worker once or twice, and checks everything that must hold. */
export async function crashGraph(scene: Scene, seed: number): Promise<void> {
  const { stage, mode, place } = scene;
  const { env } = stage;
  const random = seeded(seed * 31 + graphPlaces.indexOf(place) + (mode === 'inline' ? 7 : 0));
  const runId = `graph-${randomUUID().slice(0, 8)}`;
  const workspace = join(env.workspace, runId);
  mkdirSync(workspace);
  const plan = graphPlan(runId, mode, workspace);
  const calls = { onCall: (_number: number): void => undefined };
  env.model.setScript(graphScript(runId, ({ number }) => calls.onCall(number)));
  const handle = await env.start(plan, { runId });
  const approver = openApprover(env, handle);
  approver.isOpen = place !== 'waiting';
  const kills: Kill[] = [];
  try {
    const rounds = place === 'event' ? 2 : 1;
    for (let round = 1; round <= rounds; round++) {
      const release = await reach({ ...scene, handle, calls, random, round });
      if (release === null) break;
      kills.push(await stage.crash(handle.runKey, { release }));
      approver.isOpen = true;
      if (place === 'paused') await handle.resume({ by: 'ann' });
    }
    await until('the run ends', async () => (await handle.describe()).status !== 'running', longestRunMs);
    await checkGraph(env, handle, workspace);
    expect(await violations(env, handle.runKey, kills, { plan })).toEqual([]);
  } catch (error) {
    await handle.cancel();
    throw error;
  } finally {
    await approver.close();
  }
}

interface Reaching extends Scene {
  handle: Run;
  calls: { onCall: (number: number) => void };
  random: (limit: number) => number;
  round: number;
}

/** Lets the worker come to its place and freezes it there. @returns what lets go of it after the kill; null: the run had ended */
async function reach(scene: Reaching): Promise<(() => Promise<void>) | null> {
  const { stage, place, handle, calls, random, round } = scene;
  const { env, worker } = stage;
  const lastSeq = async () => (await allEvents(env.store, handle.runKey)).length;
  const isOver = async () => (await handle.describe()).status !== 'running';
  const nothing = async (): Promise<void> => undefined;
  switch (place) {
    case 'call': {
      const target = 1 + random(graphCalls);
      await new Promise<void>((resolve) => {
        calls.onCall = (number) => {
          if (number === target) resolve();
        };
      });
      await sleep(random(60));
      worker.freeze();
      return nothing;
    }
    case 'event': {
      const target = round === 1 ? 1 + random(events / 2) : (await lastSeq()) + random(events / 2);
      let ended = false;
      await until('an event comes', async () => (await lastSeq()) >= target || (ended = await isOver()));
      worker.freeze();
      return ended && !(await isFrozenInTime(scene)) ? (worker.thaw(), null) : nothing;
    }
    case 'progress': {
      const target = 1 + random(graphCalls - 2);
      let lock: ReturnType<typeof holdLock> | undefined;
      calls.onCall = (number) => {
        if (number === target) lock = holdLock(env.store, 'lock table tasks in exclusive mode');
      };
      await until('a step of the run waits', () => hasWaiting(env.store, waitsFor('tasks')));
      worker.freeze();
      return async () => lock?.release();
    }
    case 'waiting':
      await until('it waits for a person', async () => (await env.store.runs.find(handle.id))?.status === 'waiting');
      worker.freeze();
      return nothing;
    case 'paused': {
      const target = 12 + random(events / 2);
      await until('an event comes', async () => (await lastSeq()) >= target);
      await handle.pause({ by: 'ann', reason: 'a test' });
      await until('it is paused', async () => (await env.store.runs.find(handle.id))?.status === 'paused');
      worker.freeze();
      return nothing;
    }
  }
}

async function isFrozenInTime({ stage: { env }, handle }: Reaching): Promise<boolean> {
  return (await env.store.runs.find(handle.id))?.result === null;
}

/** Checks what came of a graph that succeeded: its result, its files, and who was asked. */
export async function checkGraph(env: Pick<RunEnv, 'store'>, handle: Run, workspace: string): Promise<void> {
  const result = await handle.result();
  expect(result).toMatchObject({
    status: 'succeeded',
    tasks: {
      'build[0]': { status: 'succeeded' },
      'build[2]': { status: 'succeeded' },
      gate: { status: 'succeeded' },
      praise: { status: 'succeeded' },
      blame: { status: 'skipped', error: null },
      sum: { output: rightSum(3) },
    },
  });
  for (let number = 1; number <= 3; number++) {
    expect(readFileSync(workFile(workspace, `w${number}`), 'utf8')).toBe(`w${number}\n`);
  }
  expect(readFileSync(join(workspace, 'shipped'), 'utf8')).toBe('shipped\n');
  const events = await allEvents(env.store, handle.runKey);
  const decided = events.filter((event) => event.type === 'approval:decided');
  const isShipping = (event: RunEvent) => event.type === 'tool:call' && event.preview.includes('echo shipped');
  // Killed before its command did anything, the agent finds no file and makes the call again: that is another question.
  const asked = ['gate', ...events.filter(isShipping).map(() => 'ship')];
  expect(decided.map(({ taskId }) => taskId).toSorted()).toEqual(asked);
  expect(new Set(decided.map(({ approvalId }) => approvalId)).size).toBe(decided.length);
}

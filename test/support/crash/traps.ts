/*
 * Places in which a worker is caught. A trap is sprung when the worker stands still in its place, frozen, and cannot leave it:
 * so nothing here depends on being quick.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ScriptedAnswer } from '../../../src/testing/index.ts';
import type { CrewCall } from './crew.ts';
import { callsOf } from './crew.ts';
import type { RunEnv } from '../run/run-env.ts';
import type { Lock } from '../store/table-locks.ts';
import { endWaiting, hasWaiting, holdLock, waitsFor } from '../store/table-locks.ts';
import { until } from '../base/until.ts';
import type { WorkerProcess } from '../run/worker-process.ts';

/** Where a trap stands. */
export interface Scene {
  env: RunEnv;
  worker: WorkerProcess;
  runId: string;
  size: number;
  /** A number from 0 up to `limit` - 1, from the seed. */
  random: (limit: number) => number;
  /** Folder of the run's own. */
  workspace: string;
  /** Whether a workflow task of the run is at a worker now. */
  isInWorkflowTask: () => Promise<boolean>;
}

/** How a worker is caught in one place. */
export interface Trap {
  /** Before the run starts. */
  set?(): Promise<void>;
  /** Sees every model call of the run, and may bend its answer. */
  onCall?: (call: CrewCall) => ScriptedAnswer | void;
  /** Resolves when the worker is frozen in the place. */
  spring(): Promise<void>;
  /** After the kill: takes away what held the worker. */
  release?(): Promise<void>;
  /** After the start of the next worker: takes away what is left. */
  releaseLate?(isAskedAgain: () => boolean): Promise<void>;
}

// Long enough for a lock to be there before the answer is; should it come later all the same, the next one runs into it.
const untilLockedMs = 100;

/** A model call has reached the provider; its answer has not begun, or is half there. */
export function duringModelCall({ worker, size, random }: Scene): Trap {
  const target = 1 + random(callsOf(size));
  const afterEvents = random(5);
  const reached = signal();
  return {
    onCall({ number, answer }) {
      if (number !== target) return undefined;
      reached.resolve();
      return { ...answer, fault: { kind: 'stall', afterEvents } };
    },
    async spring() {
      await reached.promise;
      await sleep(random(30));
      worker.freeze();
    },
  };
}

/**
 * An answer is there whole and paid for, and its commit waits in the database.
 *
 * After the kill it never arrives, or it goes through and nobody is left to hear of it, or it comes too late: when the
 * next worker has taken the call over.
 */
export function betweenAnswerAndCommit({ env, worker, size, random }: Scene): Trap {
  const target = 1 + random(callsOf(size));
  const fate = (['lost', 'through', 'late'] as const)[random(3)];
  let lock: Lock | undefined;
  return {
    onCall({ number, answer }) {
      if (number !== target) return undefined;
      // Only the commit of an answer writes into this table.
      lock = holdLock(env.store, 'lock table contexts in exclusive mode');
      return { ...answer, latencyMs: untilLockedMs };
    },
    async spring() {
      await until('a commit waits', () => hasWaiting(env.store, waitsFor('contexts')));
      worker.freeze();
    },
    async release() {
      if (fate === 'lost') await endWaiting(env.store, waitsFor('contexts'));
      if (fate !== 'late') await lock?.release();
    },
    async releaseLate(isAskedAgain) {
      if (fate === 'late') await until('the next worker asks again', isAskedAgain);
      await lock?.release();
    },
  };
}

/** A shell command runs, with children that left its process group. */
export function inTool({ workspace, worker, size, random }: Scene): Trap {
  const name = `w${1 + random(size)}`;
  let isSet = false;
  const long = `(sleep 600 & sleep 601) & setsid sleep 602 & touch started-${name}; sleep 603`;
  return {
    onCall(call) {
      if (isSet || call.name !== name || call.step !== 'work') return undefined;
      isSet = true;
      const tools = call.answer.tools!.map((tool) =>
        tool.name === 'bash' ? { ...tool, input: { command: `${tool.input['command'] as string}; ${long}` } } : tool,
      );
      return { ...call.answer, tools };
    },
    async spring() {
      await until('the command runs', () => existsSync(join(workspace, `started-${name}`)));
      await sleep(random(30));
      worker.freeze();
    },
  };
}

/** An issue tool is inside of its transaction: before its first write, or after its last. */
export function inQuickWork({ env, worker, random }: Scene): Trap {
  // Early enough that whoever comes next to the lock has something to write.
  const target = 1 + random(9);
  const isAtItsEnd = random(2) === 1;
  let lock: Lock | undefined;
  return {
    set: () => gateEffects(env),
    onCall({ number }) {
      if (number !== target) return;
      lock = holdLock(
        env.store,
        isAtItsEnd ? `select pg_advisory_xact_lock(${gate})` : 'lock table issues in exclusive mode',
      );
    },
    async spring() {
      const place = isAtItsEnd ? `a.wait_event = 'advisory'` : waitsFor('issues');
      await until('an issue tool waits', () => hasWaiting(env.store, place));
      worker.freeze();
    },
    release: async () => lock?.release(),
  };
}

/** The server has handed out a workflow task of the run, and it has not come back. */
export function inWorkflowTask({ env, worker, runId, size, random, isInWorkflowTask }: Scene): Trap {
  const target = random(callsOf(size));
  return {
    async spring() {
      await until('the run has come far enough', async () => (await answersOf(env, runId)) >= target);
      await until('a workflow task is out', async () => {
        await sleep(random(15));
        worker.freeze();
        if (await isInWorkflowTask()) return true;
        worker.thaw();
        return false;
      });
    },
  };
}

async function answersOf(env: RunEnv, runId: string): Promise<number> {
  const { rows } = await env.store.sql.query<{ count: number }>(
    `select count(*) from messages m join runs r on r.no = m.run_no where r.run_id = $1 and m.role = 'assistant'`,
    [runId],
  );
  return rows[0]!.count;
}

const gate = 7;

// Events of an effect are the last that an issue tool writes: with this, they wait for whoever holds the gate.
async function gateEffects(env: RunEnv): Promise<void> {
  await env.store.sql.query(`
    create or replace function wait_at_gate() returns trigger language plpgsql as
      'begin perform pg_advisory_xact_lock(${gate}); return new; end';
    create or replace trigger gate_of_effects before insert on events for each row
      when (new.key like 'effect/%') execute function wait_at_gate();`);
}

function signal(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

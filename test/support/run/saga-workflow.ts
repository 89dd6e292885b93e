import { ApplicationFailure, condition, defineQuery, defineSignal, setHandler, sleep } from '@temporalio/workflow';
import { BusyCount } from '../../../src/workflows/books/busy-count.ts';
import { WaitingRoom } from '../../../src/workflows/books/waiting-room.ts';
import {
  checkpoint,
  openCrew,
  runTask,
  saga,
  type CrewTask,
  type TaskOutcome,
} from '../../../src/workflows/building-blocks.ts';

/** Three steps by hand, each with its undo; the last one fails, waits for a cancel, or succeeds. */
export async function threeSteps(ending: 'fails' | 'waits' | 'succeeds'): Promise<string[]> {
  const undone: string[] = [];
  try {
    await saga(async ({ add, done }) => {
      for (const name of ['one', 'two']) {
        add(name, async ({ ended }) => void undone.push(`${name} ${ended}`));
        done(name);
      }
      add('thrown', () => {
        throw new Error('before there was a promise');
      });
      add('broken', () => Promise.reject(new Error('cannot be undone')));
      add('three', async ({ ended }) => void undone.push(`three ${ended}`));
      if (ending === 'waits') await sleep('1 h');
      if (ending === 'fails') throw ApplicationFailure.nonRetryable('step three failed', 'StepFailed');
    });
  } catch (error) {
    return [...undone, (error as Error).message];
  }
  return undone;
}

/** A crew of one agent, and a checkpoint between its two tasks. */
export async function withCheckpoint(): Promise<string | null> {
  const crew = await openCrew({ name: 'by-hand', agents: ['helper'] });
  await runTask(crew, { agent: 'helper', prompt: 'First.', id: 'first', context: 'same' });
  const snapshot = await checkpoint(crew, 'half');
  await runTask(crew, { agent: 'helper', prompt: 'Second.', id: 'second', context: 'same' });
  await crew.close();
  return snapshot;
}

/** Two tasks of one conversation, and between them a while in which none is at work. */
export async function withPause(): Promise<void> {
  let mayGoOn = false;
  let isBetween = false;
  // It may be asked before its crew is open.
  setHandler(defineQuery('isBetween'), () => isBetween);
  setHandler(defineSignal('goOn'), () => void (mayGoOn = true));
  const crew = await openCrew({ name: 'by-hand', agents: ['helper'] });
  await runTask(crew, { agent: 'helper', prompt: 'First.', id: 'first', context: 'same' });
  isBetween = true;
  await condition(() => mayGoOn);
  await runTask(crew, { agent: 'helper', prompt: 'Second.', id: 'second', context: 'same' });
  await crew.close();
}

/** A task that is called like an agent that undoes, which no cancel reaches. @returns type of the failure, whether it is final, its message */
export async function withForeignId(): Promise<unknown[]> {
  const crew = await openCrew({ name: 'by-hand', agents: ['helper'] });
  try {
    await runTask(crew, { agent: 'helper', prompt: 'Clean up.', id: 'undo:cleanup' });
    return [];
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    return [error.type, error.nonRetryable, error.message];
  } finally {
    await crew.close();
  }
}

const score = { type: 'object', properties: { score: { type: 'integer' } }, required: ['score'] };

/** What comes of four tasks: a text, JSON, JSON that never meets its schema, and a schema that cannot be used. */
export async function withOutputs(): Promise<{ outcomes: TaskOutcome<unknown>[]; tasks: CrewTask[] }> {
  const crew = await openCrew({ name: 'outputs', agents: ['helper'] });
  const ask = { agent: 'helper' };
  const outcomes: TaskOutcome<unknown>[] = [
    await runTask(crew, { ...ask, id: 'text', prompt: 'Say much.' }),
    await runTask<{ score: number }>(crew, { ...ask, id: 'json', prompt: 'Say 7.', output: score }),
    await runTask(crew, { ...ask, id: 'wrong', prompt: 'Say no.', output: score }),
    await runTask(crew, { ...ask, id: 'unusable', prompt: 'Say 7.', output: { $ref: 'https://example.com/schema' } }),
  ];
  const tasks = crew.tasks();
  await crew.close().catch(() => undefined);
  return { outcomes, tasks };
}

/** Twelve steps of which three may be under way, the last two of them kept: how many there were at most, and who began when. */
export async function inTurn(): Promise<{ peak: number; begun: number[]; held: number; isIdleBefore: boolean }> {
  const steps = new BusyCount(3);
  let isHeld = true;
  let [now, peak, held] = [0, 0, 0];
  const begun: number[] = [];
  const step = (number: number, mayBegin?: () => boolean): Promise<void> =>
    steps.inTurn(async () => {
      begun.push(number);
      peak = Math.max(peak, ++now);
      await sleep(1);
      now--;
    }, mayBegin);
  const mine = Array.from({ length: 10 }, (_, number) => step(number, () => !isHeld));
  // Without a line that stands they are let through, one for each that ends.
  const kept = [step(10), step(11)];
  const isIdleBefore = steps.isIdle;
  await condition(() => steps.isIdle);
  held = begun.length;
  isHeld = false;
  await Promise.all([...mine, ...kept]);
  return { peak, begun, held, isIdleBefore };
}

/** A provider asked to wait, and nobody answers: who did in the end, and what was told meanwhile. */
export async function untilTime(seconds: number): Promise<{ by: string; told: string[]; waitedMs: number }> {
  const told: string[] = [];
  const room = new WaitingRoom(
    ({ type }) => told.push(type),
    () => undefined,
  );
  const since = Date.now();
  const until = new Date(since + seconds * 1000).toISOString();
  const request = {
    id: 'r',
    taskId: 't',
    cause: 'provider',
    what: 'the provider',
    detail: '',
    approval: null,
    until,
  } as const;
  const { by } = await room.ask(request);
  return { by, told, waitedMs: Date.now() - since };
}

import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { ProcessIdentity } from '../../../src/host/process-identity.ts';
import { endProcess, identify, isAlive, standingOf } from '../../../src/host/process-identity.ts';
import { isOurDead, workerIdentity } from '../../../src/workers/lease/worker-identity.ts';
import { canContain, inContainer } from '../../support/base/container.ts';

const script = `
const { identify, standingOf } = await import('./src/host/process-identity.ts');
const { isOurDead, workerIdentity } = await import('./src/workers/lease/worker-identity.ts');
const [given, worker] = JSON.parse(process.env.GIVEN);
console.log(JSON.stringify({
  me: identify(process.pid), worker: workerIdentity('worker'),
  sees: standingOf(given), takesForDead: isOurDead(worker), takesItselfForDead: isOurDead(workerIdentity('worker')),
}));
process.stdin.resume();
`;

interface Report {
  me: ProcessIdentity;
  worker: string;
  sees: string;
  takesForDead: boolean;
  takesItselfForDead: boolean;
}

describe('a process', () => {
  it('is alive as long as it is the one that began then', async () => {
    const child = spawn('sleep', ['60']);
    const identity = identify(child.pid!)!;
    expect(isAlive(identity)).toBe(true);
    expect(standingOf({ ...identity, stamp: 'another boot:1' })).toBe('dead');
    for (const pid of [0, -1, Number.NaN]) expect(standingOf({ ...identity, pid })).toBe('dead');
    const { place: _place, ...old } = identity;
    expect(standingOf(old)).toBe('alive');
    await endProcess(identity, []);
    expect([standingOf(identity), standingOf(old)]).toEqual(['dead', 'dead']);
  });

  it.skipIf(!canContain)('of another container is no dead one of ours, nor are we of theirs', async () => {
    const me = identify(process.pid)!;
    const { report, end } = await inContainer<Report>(script, [me, workerIdentity('worker')]);
    expect(report.me.place).not.toBe(me.place);
    expect(report).toMatchObject({ sees: 'unknown', takesForDead: false, takesItselfForDead: false });
    expect(isOurDead(report.worker)).toBe(false);
    // Not ours to end: its number is somebody else's here.
    await endProcess(report.me, []);
    expect(standingOf(report.me)).not.toBe('dead');
    await end();
    expect(isOurDead(report.worker)).toBe(false);
  });
});

describe('a worker', () => {
  it('is our dead one when it was counted here, and its process is gone or another one', () => {
    const [, own, place] = /^\d+@host#(\w+)-(\w+)$/.exec(workerIdentity('host'))!;
    const gone = 2 ** 22 + 1;
    expect(isOurDead(workerIdentity('host'))).toBe(false);
    expect(isOurDead(`${gone}@host#${own}-${place}`)).toBe(true);
    expect(isOurDead(`${process.pid}@host#another-${place}`)).toBe(true);
    expect(isOurDead(`${gone}@host#${own}-elsewhere`)).toBe(false);
  });

  it.each([undefined, null, '', '4194305@host', '4194305@host#1xyz', '4194305@host#1xyz-'])(
    'of an identity that does not say where it was counted is left to Temporal: %s',
    (identity) => {
      expect(isOurDead(identity)).toBe(false);
    },
  );
});

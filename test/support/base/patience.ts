import { availableParallelism, loadavg } from 'node:os';

/**
 * How much longer things may take than on a quiet machine: as many times as there are processes for each core. At least 1,
 * so that what must be quick is held to its time where nothing else runs.
 */
function slowness(): number {
  return Math.max(1, loadavg()[0]! / availableParallelism());
}

/** A limit of so many ms on a quiet machine, as this one is now. */
export function patient(ms: number): number {
  return Math.ceil(ms * slowness());
}

/** Counts the ms of this process's own work from now on: what others do beside it does not count. */
export function workClock(): () => number {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
}

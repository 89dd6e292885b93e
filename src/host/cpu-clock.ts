import { readFileSync } from 'node:fs';

/** Counts from now on, in ms. */
export type Clock = () => number;

/**
 * The CPU that the calling thread uses: what it stood still for, or waited for others on a busy machine, does not count.
 *
 * Where the system does not tell it of a thread, that of the whole process: never less than the thread's.
 */
export function startCpuClock(): Clock {
  return since(threadCpuMs('thread-self') === null ? processCpuMs : () => threadCpuMs('thread-self') ?? 0);
}

/** The same of another thread of this process, by its number in the system; null: the system does not tell numbers. */
export function startCpuClockOf(threadNumber: number | null): Clock {
  const place = `self/task/${threadNumber}`;
  return since(threadNumber === null || threadCpuMs(place) === null ? processCpuMs : () => threadCpuMs(place) ?? 0);
}

function since(read: () => number): Clock {
  const before = read();
  return () => read() - before;
}

// In nanoseconds, as the first of three numbers. It is gone when the thread is.
function threadCpuMs(place: string): number | null {
  try {
    return Number(readFileSync(`/proc/${place}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return null;
  }
}

function processCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

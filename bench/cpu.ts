import { readdirSync, readFileSync } from 'node:fs';

// Linux counts in ticks of 10 ms on every platform that Node runs on.
const msPerTick = 10;

interface Stat {
  pid: number;
  parent: number;
  /** Of the process itself. */
  own: number;
  /** Of children that have ended and were waited for. */
  ended: number;
}

/**
 * CPU time in ms that a process and everything below it have used so far, ended children included.
 *
 * @throws Error when the process is not there, or when there is no `/proc`
 */
export function cpuMsOf(pid: number): number {
  const root = readStat(pid);
  if (!root) throw new Error(`there is no process ${pid} below /proc: CPU can be measured on Linux only`);
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (readStat(Number(name)) ?? []) : []));
  const below = (parent: number): number =>
    all
      .filter((stat) => stat.parent === parent)
      .reduce((sum, { own, ended, pid: child }) => sum + own + ended + below(child), 0);
  return (root.own + root.ended + below(pid)) * msPerTick;
}

function readStat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold spaces; what follows it does not.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const number = (field: number): number => Number(fields[field]);
    return { pid, parent: number(1), own: number(11) + number(12), ended: number(13) + number(14) };
  } catch {
    return undefined;
  }
}

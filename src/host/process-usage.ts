/*
 * What a process tree uses, counted from outside and without rights:
 * U1 Each process: what it has in memory (RSS), what it shares with others counted with each.
 * U2 Its sandbox: what lies in the file systems that are memory (see sandbox-memory.ts).
 * U3 Memory that is shared without a name may be let go by every process and yet be there: its size counts, used or not.
 * So a tree may be ended for more than it really has, never keep more than its limit.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { sandboxMemory, unnamedMemory } from './sandbox-memory.ts';

const intervalMs = 200;
const pageBytes = 4096;

/** What a command uses together with everything it started. */
export interface ProcessUsage {
  processes: number;
  memoryBytes: number;
}

interface ProcessLine {
  pid: number;
  parent: number;
  group: number;
  session: number;
  pages: number;
}

/**
 * Looks five times a second at what a process tree uses, and calls `stop` when it is too much.
 *
 * Limits of the kernel (ulimit) count by user and do not bind root, control groups need rights that we may not have:
 * this needs neither. Where there is no /proc nothing is limited.
 */
export function startUsageWatch(
  pid: number | undefined,
  limits: { maxProcesses: number; maxMemoryBytes: number },
  stop: (reason: 'processes' | 'memory') => void,
): { stop(): void } {
  if (pid === undefined || process.platform !== 'linux') return { stop: () => undefined };
  const watch = (all: readonly ProcessLine[]): void => {
    const usage = usageOf(pid, all);
    if (usage.processes > limits.maxProcesses) stop('processes');
    else if (usage.memoryBytes > limits.maxMemoryBytes) stop('memory');
  };
  watches.add(watch);
  timer ??= setInterval(lookOnce, intervalMs);
  return {
    stop: () => {
      watches.delete(watch);
      if (watches.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    },
  };
}

// One look for all: to read what runs on a machine costs more than to count in it.
const watches = new Set<(all: readonly ProcessLine[]) => void>();
let timer: NodeJS.Timeout | undefined;

function lookOnce(): void {
  const all = readProcesses();
  for (const watch of [...watches]) if (watches.has(watch)) watch(all);
}

/**
 * What the processes use that descend from `pid`, or are in its group or session.
 *
 * @param lines all processes of this machine, as they are now
 */
export function usageOf(pid: number, lines: readonly ProcessLine[] = readProcesses()): ProcessUsage {
  const children = new Map<number, ProcessLine[]>();
  for (const line of lines) children.set(line.parent, [...(children.get(line.parent) ?? []), line]);
  const counted = new Set<number>();
  const pending = lines.filter((line) => line.pid === pid || line.group === pid || line.session === pid);
  let pages = 0;
  for (let line = pending.pop(); line; line = pending.pop()) {
    if (counted.has(line.pid)) continue;
    counted.add(line.pid);
    pages += line.pages;
    pending.push(...(children.get(line.pid) ?? []));
  }
  const pids = [...counted];
  return { processes: counted.size, memoryBytes: pages * pageBytes + sandboxMemory(pids) + unnamedMemory(pids) };
}

function readProcesses(): ProcessLine[] {
  const lines: ProcessLine[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      // The name in parentheses may hold anything, parentheses included: fields are counted from its end.
      const fields = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number);
      lines.push({ pid: Number(name), parent: fields[1]!, group: fields[2]!, session: fields[3]!, pages: fields[21]! });
    } catch {
      // It ended between the two reads.
    }
  }
  return lines;
}

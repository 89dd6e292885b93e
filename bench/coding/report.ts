import { groupBy, median, toRow } from '../table.ts';
import type { Coder, Place } from './work.ts';
import { sizes } from './work.ts';

/** All tasks, done once in one way. */
export interface CodingSample {
  coder: Coder;
  place: Place | 'plain';
  atOnce: number;
  /** From the start to the result: the last branch is merged by then. */
  wallMs: number;
  /** What the model alone takes of a task. */
  idealMs: number;
  /** CPU time of a task, in ms, of the worker with all that it started (git, sandboxes, agents), and of the gateway, the database and Temporal. */
  workerCpuMs: number;
  serverCpuMs: number;
  /** Of the machine, over the last minute. */
  load: number;
  /** What a worktree takes on the disk; null: there was none. */
  worktreeBytes: number | null;
  /** What the repository grew by for each task. */
  gitBytes: number;
}

const seconds = (ms: number): string => (ms / 1000).toFixed(1);
const cpu = (ms: number): string => (ms / 1000).toFixed(2);
const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(2)} MB`;
const beyondMs = ({ wallMs, idealMs }: CodingSample): number => wallMs / sizes.tasks - idealMs;

/** All tasks in one line. */
export function codingProgress(round: number, sample: CodingSample): string {
  const { coder, place, atOnce, wallMs, load, worktreeBytes, gitBytes, workerCpuMs, serverCpuMs } = sample;
  const disk = worktreeBytes === null ? '' : `, ${megabytes(worktreeBytes)} a worktree, ${megabytes(gitBytes)} in git`;
  return `round ${round}: ${coder}, ${place}, ${atOnce} at a time: ${seconds(wallMs)} s, ${cpu(workerCpuMs)} + ${cpu(serverCpuMs)} s of CPU a task, load ${load.toFixed(1)}${disk}`;
}

/** The table for people: medians of the rounds. */
export function codingTable(samples: readonly CodingSample[]): string {
  const nameOf = ({ coder, place, atOnce }: CodingSample): string => [coder, place, atOnce].join(' ');
  const groups = groupBy(samples, nameOf);
  const of = (name: string, value: (sample: CodingSample) => number): number | null => {
    const found = groups.get(name);
    return found ? median(found.map(value)) : null;
  };
  const wall = (name: string): number => of(name, ({ wallMs }) => wallMs)!;
  const bases: Record<Coder, string> = { command: 'command worktrees 1', claude: 'claude plain 1' };
  const overheadMs = of('command worktrees 1', beyondMs)! - of('command shared 1', beyondMs)!;
  const overheadCpuMs =
    of('command worktrees 1', (sample) => sample.workerCpuMs)! -
    of('command shared 1', (sample) => sample.workerCpuMs)!;
  const apart = samples.filter(({ worktreeBytes }) => worktreeBytes !== null);
  return [
    `${sizes.tasks} tasks in a repository of ${sizes.files} files, ${seconds(samples[0]!.idealMs)} s of the model each. \`command\`: a small program, \`claude\`: Claude Code; both with a scripted model.`,
    '`worktrees`: apart, with snapshots and a gated train to the end; `shared`: all in the checkout; `plain`: `claude -p` one after the other, without us. CPU: of the worker with git, sandboxes and agents + of gateway, database and Temporal; it says most where the load (of others, too) is high.',
    '',
    '| who | where | at a time | all, s | a task beyond the model, s | times as fast as one | CPU a task, s | load |',
    '| :--- | :--- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...[...groups].map(([name, some]) => {
      const { coder, place, atOnce } = some[0]!;
      const beyond = atOnce === 1 ? seconds(of(name, beyondMs)!) : '';
      const faster = place === 'shared' ? '' : (wall(bases[coder]) / wall(name)).toFixed(2);
      const load = of(name, (sample) => sample.load)!.toFixed(1);
      const used = `${cpu(of(name, (sample) => sample.workerCpuMs)!)} + ${cpu(of(name, (sample) => sample.serverCpuMs)!)}`;
      return toRow([coder, place, `${atOnce}`, seconds(wall(name)), beyond, faster, used, load]);
    }),
    '',
    toRow(['', 'found', 'bar']),
    toRow(['---', '---', '---']),
    toRow(['3 at a time', speed(wall, 3), 'at least 2.5 times']),
    toRow(['6 at a time', speed(wall, 6), 'at least 4 times']),
    toRow(['worktree, snapshots and train, a task', `${(overheadMs / 1000).toFixed(2)} s`, 'under 1.5 s']),
    toRow(['the same in CPU of the worker', `${cpu(overheadCpuMs)} s`, '']),
    toRow(['the same of a task of 60 s', `${(overheadMs / 600).toFixed(1)} %`, 'under 10 %']),
    toRow(['disk of a worktree', megabytes(median(apart.map(({ worktreeBytes }) => worktreeBytes!))), '']),
    toRow(['more in the repository, a task', megabytes(median(apart.map(({ gitBytes }) => gitBytes))), '']),
    '',
  ].join('\n');
}

function speed(wall: (name: string) => number, atOnce: number): string {
  return `${(wall('command worktrees 1') / wall(`command worktrees ${atOnce}`)).toFixed(2)} times`;
}

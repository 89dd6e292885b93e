import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plan } from '../../src/domain/plan/plan.ts';
import { gitOf, newRepository } from '../../test/support/coding/merge-repository.ts';
import { agent } from '../../test/support/plan/builders.ts';
import { yamlPlan } from '../../test/support/plan/yaml-plan.ts';
import { model } from '../cell.ts';

/** How many tasks there are, each of one new file and one that is changed, and how many files they stand in. */
export const sizes = { tasks: 20, files: 2000 };

/** Who does the tasks: a small program of the benchmark, or Claude Code. */
export type Coder = 'command' | 'claude';

/** Where the tasks work. */
export type Place = 'worktrees' | 'shared';

const agentFile = fileURLToPath(new URL('../../test/support/coding/command-agent.mjs', import.meta.url));
const folders = 50;
const folderName = (index: number): string => `part-${String(index % folders).padStart(2, '0')}`;

/** A repository of 2,000 files of 2 KB, in a folder of its own below that one. */
export function makeRepository(below: string): string {
  const files: Record<string, string> = { 'agent.mjs': readFileSync(agentFile, 'utf8') };
  for (let at = 0; at < sizes.files - 1; at++) {
    files[`${folderName(at)}/file-${Math.floor(at / folders)}.txt`] = `${`line of file ${at}\n`.repeat(120)}`;
  }
  return newRepository(files, mkdtempSync(join(below, 'repository-')));
}

/** What each task is asked, by its id; no two requests of two runs are the same. */
export function promptsOf(runId: string): Map<string, string> {
  const ids = Array.from({ length: sizes.tasks }, (_, index) => index);
  return new Map(ids.map((at) => [`task-${at}`, `Make made/task-${at}.txt and change ${folderName(at)} of ${runId}.`]));
}

/** The same work for so many at a time. */
export function planOf(
  runId: string,
  { coder, place, atOnce }: { coder: Coder; place: Place; atOnce: number },
  folder: string,
): Plan {
  const runner =
    coder === 'claude'
      ? { kind: 'claude' as const }
      : { kind: 'command' as const, command: ['node', 'agent.mjs', '{prompt_file}', '{model}'] };
  const file = {
    limits: { max_parallel: atOnce, usd: 1000 },
    workspace: { isolate: place === 'shared' ? 'shared' : 'worktree' },
    ...(place === 'worktrees' && { merge: { auto: true, gates: [`test -f ${folderName(0)}/file-0.txt`] } }),
    tasks: [...promptsOf(runId)].map(([id, prompt]) => ({ id, prompt, expects_changes: true })),
  };
  const text = Object.entries(file).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  const worker = agent({ model, tools: ['bash', 'filesystem'], runner });
  return yamlPlan(text.join('\n'), { agents: [worker], workspace: folder });
}

/** @throws Error when a task's work is not there */
export function expectDone(folder: string, { inBranch }: { inBranch: boolean }): void {
  const made = inBranch
    ? gitOf(folder)('ls-tree', '--name-only', 'main', 'made/').split('\n')
    : readdirSync(join(folder, 'made'));
  if (made.length !== sizes.tasks) throw new Error(`${made.length} of ${sizes.tasks} tasks left their file`);
}

/** What a folder takes on the disk, in bytes. */
export function diskOf(folder: string): number {
  return Number(execFileSync('du', ['-s', '--block-size=1', folder], { encoding: 'utf8' }).split('\t')[0]);
}

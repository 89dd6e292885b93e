import { mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { undoneAtExit } from '../exit/undone-at-exit.ts';
import { bubblewrapCommand } from './bubblewrap.ts';
import { seccompFilter } from './seccomp/filter.ts';
import type { Places } from '../believed.ts';
import { findPrograms, type ProgramSearch } from '../programs.ts';
import { runShell } from '../guarded-process.ts';

/** How shell commands run. `refused` is the answer where there is no sandbox and nobody allowed to go without. */
export interface ShellSettings {
  sandbox: 'bubblewrap' | 'unsandboxed' | 'refused';
  bwrapPath?: string;
  /** Whether that bubblewrap knows the options of version 0.8. */
  isHardened?: boolean;
  /** Where Gaffer is used from: commands find what is believed there covered. */
  places?: Places;
}

// One that works says so at once, on a crowded machine later: without it a worker would refuse every command.
const probeMs = 30_000;

/**
 * Finds out how shell commands can run here, by running one. Without a sandbox they are refused unless that is allowed.
 *
 * `reason` is one line for people.
 */
export async function findSandbox(options: {
  allowUnsandboxed: boolean;
  env?: Record<string, string | undefined>;
  /** Folders that agents write to: no sandbox is taken from there. */
  avoid?: readonly string[];
}): Promise<ShellSettings & { reason: string }> {
  const why: string[] = [];
  for (const bwrapPath of findBwraps(options)) {
    for (const isHardened of [true, false]) {
      const failure = await probe(bwrapPath, isHardened);
      if (failure === undefined) {
        const filterNote = seccompFilter()
          ? ''
          : `, without a filter of system calls: none is known for ${process.arch}`;
        const reason = `shell commands run in a bubblewrap sandbox (${bwrapPath}), without network${filterNote}`;
        return { sandbox: 'bubblewrap', bwrapPath, isHardened, reason };
      }
      why.push(`${bwrapPath} does not work here (${failure})`);
    }
  }
  const cause = why.at(-1) ?? (process.platform === 'linux' ? 'bubblewrap is not installed' : 'bubblewrap needs Linux');
  if (options.allowUnsandboxed) {
    return { sandbox: 'unsandboxed', reason: `${cause}: shell commands run WITHOUT a sandbox, as was allowed` };
  }
  return {
    sandbox: 'refused',
    reason: `${cause}: shell commands are refused; install bubblewrap, or allow a shell without a sandbox`,
  };
}

function findBwraps(search: ProgramSearch): string[] {
  return process.platform === 'linux' ? findPrograms('bwrap', search) : [];
}

async function probe(bwrapPath: string, isHardened: boolean): Promise<string | undefined> {
  // Whoever asks may end meanwhile, as of what else a program needs something is not there: at once, so that no folder is left that nobody knows of.
  const workspace = mkdtempSync(path.join(tmpdir(), 'gaffer-probe-'));
  const inOrder = undoneAtExit(() => rmSync(workspace, { recursive: true, force: true }));
  try {
    const filter = seccompFilter();
    const options = { bwrapPath, isHardened, isFiltered: filter !== undefined, workspace };
    const { argv, release } = await bubblewrapCommand({ ...options, shell: ['/bin/sh', '-c', 'true'] });
    const limits = { timeoutMs: probeMs, maxProcesses: 100, maxMemoryBytes: 2 ** 30 };
    try {
      const result = await runShell({ argv, cwd: '/', env: {}, filter, ...limits }, AbortSignal.timeout(2 * probeMs));
      if (result.exitCode === 0) return undefined;
      return result.stderr.trim().split('\n')[0]!.slice(0, 200) || `exit code ${result.exitCode}`;
    } finally {
      await release();
    }
  } catch (error) {
    return (error as Error).message.slice(0, 200);
  } finally {
    inOrder();
    await rm(workspace, { recursive: true, force: true });
  }
}

import { homedir } from 'node:os';
import path from 'node:path';
import { JailError } from '../jail/open-folder.ts';
import type { ShellCommand } from '../guarded-process.ts';
import { coverBelieved, type BelievedCover } from './believed-cover.ts';
import { disarmNew, gitBefore } from './disarm-repository.ts';
import { restoreRepository } from './git-history.ts';
import { inSandbox, type SandboxOptions } from './in-sandbox.ts';
import { historiesOf, keepHistories } from './keep-history.ts';
import type { ShellSettings } from './sandbox.ts';

/** A command that is ready to be run. Call `cleanUp` when it is over, however it ended: it says what was taken back, in words. */
export interface PreparedShell {
  run: Pick<ShellCommand, 'argv' | 'cwd' | 'env' | 'filter' | 'hiddenArguments' | 'files' | 'canLeave'>;
  cleanUp(): Promise<string | null>;
}

/** What runs in the sandbox, in a workspace: a real path. */
export type GuardedCommand = Omit<SandboxOptions, 'workspace' | 'believed' | 'below' | 'gitParts'> & {
  workspace: string;
};

/**
 * Makes ready what runs in a workspace with everything covered that is believed outside, and its repositories kept.
 *
 * @throws JailError when the workspace cannot be guarded
 */
export async function guardWorkspace(settings: ShellSettings, command: GuardedCommand): Promise<PreparedShell> {
  const { workspace } = command;
  if (isTooBroad(workspace)) throw new JailError('protected', `the workspace ${workspace} holds the whole system`);
  const believed = coverBelieved(workspace, settings.places ?? {});
  try {
    const before = await gitBefore(workspace);
    const below = before.repositories.filter(({ top }) => !isCovered(believed, top));
    const histories = await historiesOf(workspace, below);
    await keepHistories(settings, workspace, { histories, below });
    const { run, release } = await inSandbox(settings, { ...command, believed, below });
    const cleanUp = async () => {
      await believed.release();
      // What could not be brought back now comes back before the next command.
      for (const history of histories) await restoreRepository(workspace, history).catch(() => undefined);
      await release();
      return disarmNew(workspace, before);
    };
    return { run, cleanUp };
  } catch (error) {
    await believed.release();
    throw error;
  }
}

function isCovered({ covered }: BelievedCover, top: string): boolean {
  return covered.some((name) => `${top}/`.startsWith(`${name}/`));
}

// A workspace that contains these would give the sandbox what it is there to keep.
function isTooBroad(workspace: string): boolean {
  const kept = ['/etc', '/proc', '/sys', '/dev', '/run', '/usr', '/var/lib', path.dirname(homedir())];
  const isInside = (inner: string, outer: string) => `${inner}/`.startsWith(outer === '/' ? '/' : `${outer}/`);
  return kept.some((folder) => folder !== '/' && isInside(folder, workspace));
}

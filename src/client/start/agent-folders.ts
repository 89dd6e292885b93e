import { resolve } from 'node:path';
import { checkFolder } from './check-folder.ts';

/** Where agents are looked for. Paths may be relative to `cwd`. */
export interface AgentFolderWish {
  cwd: string;
  /** The workflow file; left out: none, as for a worker. */
  file?: string;
  /** Folders that are named by hand, and how: `--agents`. */
  given?: readonly string[] | undefined;
  option?: string;
}

/**
 * Folders that agents are looked for in, best first: those named by hand, those beside the file and of the project, the user's own.
 *
 * @throws UsageError when one that is named by hand is not there
 */
export async function agentFolders({ file, ...wish }: AgentFolderWish): Promise<string[]> {
  return (await agentFoldersOf(wish))(file);
}

/** The same for several files. */
export async function agentFoldersOf({
  cwd,
  given = [],
  option = 'agents',
}: Omit<AgentFolderWish, 'file'>): Promise<(file?: string) => string[]> {
  const [{ agentDirsFor }, { userAgentDirs }] = await Promise.all([
    import('../../definition/agent-dirs.ts'),
    import('../../config/user-agent-dirs.ts'),
  ]);
  const named = given.map((folder) => checkFolder(option, resolve(cwd, folder)));
  return (file = 'workflow.yaml') => [...new Set([...named, ...agentDirsFor(file, cwd), ...userAgentDirs()])];
}

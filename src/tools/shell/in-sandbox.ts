import { bubblewrapCommand } from './bubblewrap.ts';
import type { ShellSettings } from './sandbox.ts';
import { seccompFilter } from './seccomp/filter.ts';

type SandboxOptions = Pick<
  Parameters<typeof bubblewrapCommand>[0],
  'workspace' | 'shell' | 'env' | 'gitParts' | 'believed' | 'below' | 'isSnapshot'
>;

/** What runs a command in the sandbox; `release` is to be called when it is over. */
export async function inSandbox({ bwrapPath = 'bwrap', isHardened = false }: ShellSettings, options: SandboxOptions) {
  const filter = seccompFilter();
  const isFiltered = filter !== undefined;
  const { argv, release } = await bubblewrapCommand({ ...options, bwrapPath, isHardened, isFiltered });
  return { run: { argv, cwd: '/', env: {}, filter }, release };
}

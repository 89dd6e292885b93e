import { bubblewrapCommand } from './bubblewrap.ts';
import type { ShellSettings } from './sandbox.ts';
import { seccompFilter } from './seccomp/filter.ts';

/** A command in the sandbox, as `bubblewrapCommand` takes it. */
export type SandboxOptions = Pick<
  Parameters<typeof bubblewrapCommand>[0],
  | 'workspace'
  | 'shell'
  | 'env'
  | 'gitParts'
  | 'believed'
  | 'below'
  | 'isSnapshot'
  | 'hasNetwork'
  | 'reads'
  | 'writable'
  | 'own'
> & {
  /** More of its environment, which no list of processes shows. */
  secrets?: Readonly<Record<string, string>>;
};

/** What runs a command in the sandbox; `release` is to be called when it is over. */
export async function inSandbox({ bwrapPath = 'bwrap', isHardened = false }: ShellSettings, options: SandboxOptions) {
  const filter = seccompFilter();
  const isFiltered = filter !== undefined;
  const { secrets = {}, ...others } = options;
  const pairs = Object.entries(secrets).flatMap(([name, value]) => ['--setenv', name, value]);
  const hasHiddenArguments = pairs.length > 0;
  const command = await bubblewrapCommand({ ...others, bwrapPath, isHardened, isFiltered, hasHiddenArguments });
  const hiddenArguments = hasHiddenArguments ? Buffer.from(pairs.map((each) => `${each}\0`).join('')) : undefined;
  return { run: { argv: command.argv, cwd: '/', env: {}, filter, hiddenArguments }, release: command.release };
}

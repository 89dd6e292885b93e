import { userInfo } from 'node:os';
import type { CommandContext } from '../base/context.ts';

/** Who gives this command: as `--by` says, else the user of this machine. */
export function whoIs({ config }: CommandContext, given: string | undefined): string {
  if (given !== undefined && given.trim() !== '') return given.trim();
  return config.environment['USER'] || nameOfUser();
}

// A container may run under a number that has no name.
function nameOfUser(): string {
  try {
    return userInfo().username;
  } catch {
    return 'somebody';
  }
}

import type { WaitCause } from '../../../../../src/domain/run/run-events.ts';

const names: Readonly<Record<WaitCause, string>> = {
  approval: 'an approval',
  blocker: 'an answer',
  budget: 'a higher limit',
  provider: 'the provider',
  paused: 'somebody to resume it',
  crew: 'another agent',
};

/** What something waits for, in words. */
export function nameOfCause(cause: WaitCause): string {
  return names[cause];
}

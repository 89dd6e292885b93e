import type { Activities } from '../contracts/activities.ts';
import { UsageError } from '../domain/errors.ts';

/** Our activities and somebody's own, for one worker. @throws UsageError when one has the name of one of ours */
export function withOwn(ours: Activities, own: object = {}): object {
  const taken = Object.keys(own).filter((name) => Object.hasOwn(ours, name));
  if (taken.length === 0) return { ...own, ...ours };
  throw new UsageError(`activities: Gaffer's own are called ${taken.join(' and ')} too: give yours other names.`);
}

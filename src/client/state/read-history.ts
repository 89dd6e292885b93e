import { UsageError } from '../../domain/errors.ts';
import type { Store } from '../../store/store.ts';
import type { StateValue } from './shared-state.ts';

/** The kept versions of a key, oldest first. @throws UsageError when nobody has written it, with the nearest key */
export async function readHistory(
  store: Store,
  { runId, runKey }: { runId: string; runKey: string },
  key: string,
): Promise<StateValue[]> {
  const versions = await store.runs.stateHistory(runKey, key);
  if (versions.length > 0) return versions;
  const { nearest } = await import('../../domain/nearest.ts');
  const keys = (await store.runs.sharedState(runKey)).values.map((each) => each.key);
  const name = nearest(key, keys);
  const hint = name === null ? `\`gaffer state ${runId}\` shows what they share` : `did you mean ${name}?`;
  throw new UsageError(`no agent of run "${runId}" has written "${key}"; ${hint}`);
}

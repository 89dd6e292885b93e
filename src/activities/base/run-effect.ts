import type { RunEventDraft } from '../../domain/run/run-events.ts';
import type { Codec } from '../../store/journal/codec.ts';
import { awaitCancel, toHolder } from './activity-context.ts';
import type { ActivityDependencies } from './dependencies.ts';
import type { FrozenRun } from './frozen-run.ts';
import { superseded } from './to-failure.ts';

/** Something that is done to the world, with what is told of it. */
export interface Effect<Result> {
  key: string;
  codec: Codec<Result>;
  begun?: RunEventDraft[];
  done?: (result: Result) => RunEventDraft[];
  /** `isResumed`: somebody has begun it before, and nobody knows how far it came. `token`: whose row it is as long as this one works. */
  work: (held: { token: string; isResumed: boolean }) => Promise<Result>;
}

/**
 * Does something to the world once, as the journal has it (J1, J3): what was done before is found again and not done.
 *
 * @throws ApplicationFailure `Superseded` when another attempt took it over meanwhile, or the run is cancelled
 */
export async function runEffect<Result>(
  dependencies: Pick<ActivityDependencies, 'store' | 'host'>,
  run: FrozenRun,
  { key, codec, begun = [], done = () => [], work }: Effect<Result>,
): Promise<Result> {
  const { journal } = dependencies.store;
  const holder = toHolder(dependencies);
  const row = await journal.beginTool({ no: run.no, key, holder, events: begun });
  if (row.state === 'cancelled') return awaitCancel(run.runId);
  if (row.state === 'done') return codec.fromJson(row.result);
  const { token } = holder;
  const result = await work({ token, isResumed: row.state === 'resumed' });
  const outcome = { no: run.no, key, token, result: codec.toJson(result), events: done(result) };
  const isOurs = await journal.commitTool(outcome);
  if (!isOurs) throw superseded(key);
  return result;
}

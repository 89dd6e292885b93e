import type { WorkerGateway } from '../../workers/gateway/worker-gateway.ts';
import type { AccountsPrint } from './accounts-print.ts';
import type { ReplayCounts } from '../../workers/cassette/replay.ts';
import type { LaunchInfo } from '../../domain/run/launch.ts';

/** Who does the work of a run: a worker in this process, or one elsewhere. */
export interface Crew {
  launch: LaunchInfo;
  /** Rejects when the worker in this process dies; empty when it is elsewhere, so that both can be raced alike. */
  failed: Promise<never>[];
  /** What came of its cassette so far; left out: it has none, or is elsewhere. */
  replayed?: Readonly<ReplayCounts>;
}

/** A gateway as workers of this process use it. */
export interface CrewGateway extends WorkerGateway {
  /** Which accounts it has; null: scripted ones, or nobody here can say. */
  print: AccountsPrint | null;
}

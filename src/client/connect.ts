/// <reference lib="esnext.disposable" preserve="true" />
import type { TemporalTarget } from '../domain/temporal-target.ts';
import type { Runs } from './runs.ts';

/** Where runs are, and what may be started for them. Left out is what the terminal would take in that folder. */
export interface ConnectOptions {
  /** Default: `TEMPORAL_ADDRESS` and its kin, else the server that `gaffer dev` or another command runs here. */
  temporal?: TemporalTarget;
  /** PostgreSQL. Default: `DATABASE_URL`, else the embedded one. */
  databaseUrl?: string;
  /** Hands new runs to whoever works on this queue, whatever the model is. Default: to the workers of this folder. */
  taskQueue?: string;
  /** Folder that stands for the project, with its `.env`; default: the process's. */
  cwd?: string;
  /** Environment variables; default: the process's. */
  env?: Readonly<Record<string, string | undefined>>;
  /**
   * Starts what is missing, as `gaffer run` does: servers, and a worker in this process for the runs that it starts. All of it ends
   * with `close`. Default: false.
   */
  start?: boolean;
  /** Told of what is started, in lines for people; default: nobody is. */
  say?: (line: string) => void;
}

/**
 * Connects to the runs of this folder, or of the servers that are named.
 *
 * @throws UnreachableError when nothing runs there and nothing is to be started
 *
 * @example
 * ```ts
 * import { connect } from 'gaffer-crew';
 *
 * const runs = await connect();
 * for (const { runId, status } of await runs.list({ limit: 10 })) console.log(runId, status);
 * await runs.close();
 * ```
 */
export async function connect(options: ConnectOptions = {}): Promise<Runs> {
  const [{ loadConfig }, { openSession }, { createRuns }] = await Promise.all([
    import('../config/config.ts'),
    import('./connection/session.ts'),
    import('./create-runs.ts'),
  ]);
  const { cwd = process.cwd(), env = process.env, temporal, databaseUrl, taskQueue } = options;
  const environment = {
    ...env,
    ...(temporal && { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace }),
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
  };
  const session = await openSession(
    { cwd, config: loadConfig({ cwd, environment }) },
    {
      say: options.say ?? (() => undefined),
      whenAbsent: options.start ? 'start' : 'fail',
      ...(temporal && { temporal }),
      ...(taskQueue === undefined ? {} : { taskQueue }),
    },
  );
  return createRuns(session);
}

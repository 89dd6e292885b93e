import type { ClientInterceptors } from '@temporalio/client';
import type { TemporalTarget } from '../domain/temporal-target.ts';

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
  /** What stands before every call of Temporal that its client makes, as of `@temporalio/interceptors-opentelemetry`. */
  clientInterceptors?: ClientInterceptors;
  /** Told of what is started, in lines for people; default: nobody is. */
  say?: (line: string) => void;
}

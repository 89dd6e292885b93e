import type { Client } from '@temporalio/client';
import type { Runs as RunsAnywhere } from './runs.ts';

/** Starts, finds and compares runs, with Temporal within reach. Get one with {@link connect}. */
export type Runs = RunsAnywhere<Client>;

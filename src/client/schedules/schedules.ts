import type { RunPriority } from '../../domain/run-priority.ts';
import type { LaunchOptions, StartSettings, StartSource, TurnOptions } from '../start-options.ts';

/**
 * What happens to a firing while a run of the schedule goes on: it is left out (`skip`), one or all of them begin after it (`buffer-one`,
 * `buffer-all`), it begins beside it (`allow`), or the run is cancelled, undone as it says, and then it begins (`cancel-other`).
 */
export type Overlap = 'skip' | 'buffer-one' | 'buffer-all' | 'allow' | 'cancel-other';

/** When a schedule starts runs. */
export interface ScheduleTiming {
  /** Five fields (minute, hour, day, month, weekday), or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@every 90m`. */
  cron: string;
  /** IANA name, such as `Europe/Berlin`; default: that of this machine. */
  timeZone?: string;
  /** Default: `skip`. */
  overlap?: Overlap;
  /** A firing that was missed, as no server ran, is made up for within so many ms; default: a day. At least 10 s. */
  catchUpMs?: number;
  /** Each firing is put off by a random time up to this, in ms, so that not all begin at once; default: 0. */
  jitterMs?: number;
  /** It fires only once it is resumed, or triggered by hand. */
  paused?: boolean;
}

/** What a schedule starts: as a run is started, but for what belongs to one run. */
export type ScheduleOptions = StartSource &
  ScheduleTiming &
  Pick<TurnOptions, 'priority'> &
  Pick<LaunchOptions, 'allowUnsandboxedShell' | 'labels'> &
  Omit<StartSettings, 'reuse'> & {
    /** Its runs are called by it and their time. */
    name: string;
  };

/** A schedule as it stands. Times are ISO 8601. */
export interface ScheduleEntry {
  name: string;
  /** Of the workflow that it starts. */
  workflow: string;
  workspace: string;
  cron: string;
  timeZone: string;
  overlap: Overlap;
  catchUpMs: number;
  jitterMs: number;
  priority: RunPriority;
  paused: boolean;
  /** Why it is paused, or goes on; empty: nobody said. */
  note: string;
  /** The next times that it fires, at most ten. */
  next: string[];
  /** Its latest firings, newest first, at most ten. */
  recent: { run: string; at: string }[];
  /** Runs that go on. */
  running: string[];
  /** Firings that started a run, that came too late to be made up for, and that were left out as a run went on. */
  counts: { started: number; missed: number; skipped: number };
}

/** Schedules: Temporal's own, each of which starts runs of a plan that was checked and frozen when it was added. */
export interface Schedules {
  /**
   * Checks what is to run, as a start does, and adds a schedule of it.
   *
   * @throws UsageError when the name is taken, or the times cannot be meant; DefinitionError
   *
   * @example
   * ```ts
   * import { connect } from 'gaffer-crew';
   *
   * const runs = await connect();
   * await runs.schedules.add({ name: 'audit', file: 'audit.yaml', cron: '0 * * * *', timeZone: 'Europe/Berlin' });
   * await runs.close();
   * ```
   */
  add(options: ScheduleOptions): Promise<ScheduleEntry>;
  /** By name. */
  list(): Promise<ScheduleEntry[]>;
  /** @throws ScheduleNotFoundError */
  find(name: string): Promise<ScheduleEntry>;
  /** No more runs start by themselves; those that go on do. */
  pause(name: string, note?: string): Promise<void>;
  resume(name: string, note?: string): Promise<void>;
  /** Starts a run now, whatever goes on beside it. @returns its id */
  trigger(name: string): Promise<string>;
  /** Removes the schedule; its runs stay. */
  remove(name: string): Promise<void>;
}

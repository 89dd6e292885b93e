const pattern = /^(.+)-\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

/** Name of the schedule that a run is of, as its id says, which Temporal makes of name and time; null: of none. Nobody can choose such an id. */
export function scheduleOfRun(runId: string): string | null {
  return pattern.exec(runId)?.[1] ?? null;
}

/** Id of the run of a schedule that Temporal starts for that second. */
export function toScheduledId(schedule: string, at: Date): string {
  return `${schedule}-${at.toISOString().slice(0, -'.000Z'.length)}Z`;
}

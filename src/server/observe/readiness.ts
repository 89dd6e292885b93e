import type { TaskQueueFigures } from '../../client/connection/inspect-temporal.ts';
import type { FigureStore } from '../../store/service/figures.ts';

/** What the service needs to do its work, and does not have. */
export interface Readiness {
  missing: { part: 'database' | 'migrations' | 'temporal' | 'worker'; detail: string }[];
}

/** What is asked for it. */
export interface ReadinessSources {
  figures: () => Pick<FigureStore, 'pendingMigrations'>;
  queues: () => Promise<TaskQueueFigures[]>;
}

/** How long a part may take to answer, in ms, and how long its answer counts. */
const patienceMs = 2000;
const freshMs = 1000;

/** Looks at all parts, once a second at most: anybody may ask. */
export function createReadiness(sources: ReadinessSources, now: () => number = Date.now) {
  let last: { at: number; missing: Promise<Readiness['missing']> } | null = null;
  return (): Promise<Readiness['missing']> => {
    if (!last || now() - last.at >= freshMs) last = { at: now(), missing: look(sources) };
    return last.missing;
  };
}

async function look({ figures, queues }: ReadinessSources): Promise<Readiness['missing']> {
  const [pending, queued] = await Promise.all([inTime(figures().pendingMigrations()), inTime(queues())]);
  const missing: Readiness['missing'] = [];
  if (pending === null) missing.push({ part: 'database', detail: 'the database does not answer' });
  else if (pending > 0) {
    missing.push({
      part: 'migrations',
      detail: `the database lacks ${pending} steps of the schema that this version needs`,
    });
  }
  if (queued === null) missing.push({ part: 'temporal', detail: 'Temporal does not answer' });
  else if (!queued.every(({ pollers }) => pollers > 0)) {
    missing.push({ part: 'worker', detail: 'no worker asks for work: runs wait until one does' });
  }
  return missing;
}

/** Null: it failed, or took too long. What went wrong is no stranger's business, and the log has it where it concerns a run. */
async function inTime<Result>(asked: Promise<Result>): Promise<Result | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), patienceMs)));
  try {
    return await Promise.race([asked.catch(() => null), late]);
  } finally {
    clearTimeout(timer);
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import { Runtime } from '@temporalio/worker';
import type { NativeConnection } from '@temporalio/worker';
import { isFolder } from '../definition/source/is-folder.ts';
import { dataConverterOf } from '../host/payloads/data-converter.ts';
import type { CommunicationRun } from '../store/run/communication-runs.ts';
import { findCommunicationRuns, lastEventsOf } from '../store/run/communication-runs.ts';
import type { WorkerStore } from '../store/open-store.ts';
import { CommunicationFile } from './communication-file.ts';
import type { WorkerSettings } from './settings.ts';
import { planFolderProblem } from './work-folders.ts';

// Short enough for whoever looks on; it costs one query that mostly finds nothing.
const everyMs = 500;

/** Keeps the files in which people follow runs whose folder is here, until it is stopped. */
export function startCommunicationFiles(
  settings: WorkerSettings,
  { store, connection }: { store: WorkerStore; connection: NativeConnection },
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const { namespace } = settings.temporal;
  const client = new Client({ connection, namespace, ...dataConverterOf(settings.temporal) });
  const files = new CommunicationFiles(settings, { store, client });
  // The same again is said once.
  let said = '';
  const complain = (error: unknown): void => {
    const message = error instanceof Error ? error.message : String(error);
    if (signal.aborted || said === message) return;
    said = message;
    Runtime.instance().logger.warn(`a communication file could not be kept: ${message}`);
  };
  const running = (async () => {
    while (!signal.aborted) {
      await connection.withAbortSignal(signal, () => files.keep()).catch(complain);
      await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

class CommunicationFiles {
  readonly #settings: WorkerSettings;
  readonly #parts: { store: WorkerStore; client: Client };
  readonly #files = new Map<number, CommunicationFile>();
  readonly #over = new Set<number>();
  #newest = 0;

  constructor(settings: WorkerSettings, parts: { store: WorkerStore; client: Client }) {
    this.#settings = settings;
    this.#parts = parts;
  }

  async keep(): Promise<void> {
    const { store, client } = this.#parts;
    const { runs, newest } = await findCommunicationRuns(store.sql, this.#newest);
    this.#newest = newest;
    for (const run of runs) {
      if (this.#files.has(run.no) || this.#over.has(run.no) || !this.#isHere(run)) continue;
      this.#files.set(run.no, new CommunicationFile(run, { events: store.events, client }));
    }
    const events = await lastEventsOf(store.sql, [...this.#files.keys()]);
    const problems: unknown[] = [];
    for (const [no, file] of this.#files) {
      const last = events.get(no);
      const isOver = last === undefined || (await file.keep(last).catch((error: unknown) => void problems.push(error)));
      if (!isOver) continue;
      this.#files.delete(no);
      this.#over.add(no);
    }
    if (problems.length > 0) throw problems[0];
  }

  #isHere({ plan }: CommunicationRun): boolean {
    const { folders } = this.#settings;
    if (!isFolder(plan.workspace)) return false;
    return planFolderProblem(folders, plan.workspace) === null;
  }
}

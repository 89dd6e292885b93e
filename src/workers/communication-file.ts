/*
 * F1 A run's file is painted from its events, by every worker of a host that has its folder: each paints the same, and a worker that starts takes it up.
 * F2 What somebody changed is told to the manager before it is painted over. Temporal takes the same message once, whoever sends it and how often.
 * F3 Nothing of it fails a run: a folder that is gone, a link in the way or a full disk is said once, and tried again.
 */
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { SendMessageInput } from '../contracts/control.ts';
import { fingerprint } from '../domain/fingerprint.ts';
import type { Plan } from '../domain/plan/plan.ts';
import type { CommunicationStory } from '../domain/analysis/communication.ts';
import {
  editsIn,
  readCommunication,
  tellCommunication,
  toCommunication,
  untold,
} from '../domain/analysis/communication.ts';
import { hasEnded } from '../domain/run/run-state.ts';
import type { CommunicationRun } from '../store/run/communication-runs.ts';
import type { EventStore } from '../store/store.ts';
import type { SharedFile } from '../tools/files/shared-file.ts';
import { readShared, writeShared } from '../tools/files/shared-file.ts';

/** A crew cannot be kept busy by a file that changes all the time. */
const mostEdits = 100;

/** What a file is kept with. */
export interface FileKeeper {
  events: EventStore;
  client: Client;
}

/** The file of a run that people follow in it. */
export class CommunicationFile {
  readonly #run: CommunicationRun;
  readonly #keeper: FileKeeper;
  readonly #file: SharedFile;
  #story: CommunicationStory = untold;
  #painted: string | null = null;
  #edits = 0;

  constructor(run: CommunicationRun, keeper: FileKeeper) {
    this.#run = run;
    this.#keeper = keeper;
    const { workspace, within, communicationFile } = run.plan;
    this.#file = { workspace, within, path: communicationFile! };
  }

  /** Brings it up to the event of that number. @returns whether that was the last time */
  async keep(lastEvent: number): Promise<boolean> {
    const { state } = this.#story;
    const isNew = lastEvent > state.lastSeq;
    if (isNew) await this.#read();
    const found = await readShared(this.#file);
    if (found === null || found !== this.#painted) await this.#takeUp(found);
    else if (isNew) await this.#paint();
    return hasEnded(this.#story.state.status) && this.#story.state.lastSeq >= lastEvent;
  }

  async #read(): Promise<void> {
    for (let page = 1000; page === 1000;) {
      const events = await this.#keeper.events.list(this.#run.runKey, this.#story.state.lastSeq, 1000);
      for (const event of events) this.#story = tellCommunication(this.#story, event);
      page = events.length;
    }
  }

  async #takeUp(found: string | null): Promise<void> {
    const known = found === null ? null : readCommunication(found);
    // Somebody else's, who came here after the run was checked.
    if (found !== null && known === null) throw new Error(`${this.#file.path} is a file of somebody else now`);
    const { runId } = this.#run;
    if (found !== null && known && !known.isIntact) await this.#tell(found);
    // One that was there before us is kept: it may be the record of earlier work.
    const isTheirs = known !== null && known.run === null && found!.trim() !== '' && this.#painted === null;
    if (known?.isIntact && known.run === runId && known.seq > this.#story.state.lastSeq) await this.#read();
    await this.#paint(isTheirs ? `${this.#file.path.split('/').at(-1)}.before-${runId}` : undefined);
  }

  async #paint(keepAs?: string): Promise<void> {
    const text = toCommunication(this.#run.plan, this.#run.runId, this.#story);
    await writeShared(this.#file, text, keepAs);
    this.#painted = text;
  }

  // F2
  async #tell(found: string): Promise<void> {
    const { runId, plan } = this.#run;
    const expected = this.#painted ?? toCommunication(plan, runId, this.#story);
    const edits = editsIn(found, expected);
    const { status } = this.#story.state;
    if (edits === '' || hasEnded(status) || ++this.#edits > mostEdits) return;
    const text = `Somebody wrote into ${this.#file.path}, where people follow this run. The lines that are new there:\n\n${edits}`;
    try {
      const input: SendMessageInput = { to: readerOf(plan), text, from: this.#file.path };
      const updateId = `communication-${fingerprint(`${runId}\n${found}`)}`;
      await this.#keeper.client.workflow.getHandle(runId).executeUpdate('sendMessage', { args: [input], updateId });
    } catch (error) {
      // Nobody is left to read it.
      if (!(error instanceof WorkflowUpdateFailedError || error instanceof WorkflowNotFoundError)) throw error;
    }
  }
}

/** Whoever leads the run: the context of the manager's first task. */
function readerOf({ manager, tasks }: Plan): string {
  return (tasks.find(({ agent }) => agent === manager) ?? tasks[0]!).context;
}

import { Client, Connection } from '@temporalio/client';
import { inject } from 'vitest';
import { patient } from '../base/patience.ts';
import { until } from '../base/until.ts';

type Service = Client['workflowService'];
type Payload = NonNullable<
  NonNullable<Parameters<Service['respondActivityTaskCompletedById']>[0]['result']>['payloads']
>[number];
type Failure = NonNullable<Parameters<Service['respondActivityTaskFailedById']>[0]['failure']>;

/** A step that a worker is at. */
interface Step {
  workflowId: string;
  activityId: string;
  asked: Payload;
}

/** Temporal's number for a step that a worker has. */
const started = 2;

/** Another account that reaches the server's port: it takes the worker's tasks, and answers what it likes. It has no key. */
export class Forger {
  readonly client: Client;
  readonly #connection: Connection;
  readonly #answered = new Set<string>();
  readonly #common = { namespace: 'default', identity: 'mallory' };

  private constructor(connection: Connection) {
    this.#connection = connection;
    this.client = new Client({ connection });
  }

  static async open(): Promise<Forger> {
    return new Forger(await Connection.connect({ address: inject('temporalAddress') }));
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  /** Waits until a worker is at a step that nobody has answered here yet. @returns its id, and what it was asked with */
  async pending(workflowId: string, type: string): Promise<Step> {
    const handle = this.client.workflow.getHandle(workflowId);
    let found: string | null | undefined;
    await until(`a worker is at ${type} of ${workflowId}`, async () => {
      // A child may not have been started yet.
      const execution = { namespace: 'default', execution: { workflowId } };
      const described = await this.#service.describeWorkflowExecution(execution).catch(() => null);
      found = described?.pendingActivities?.find(
        ({ activityType, activityId, state }) =>
          activityType?.name === type && state === started && !this.#answered.has(`${workflowId} ${activityId}`),
      )?.activityId;
      return found !== undefined && found !== null;
    });
    const { events } = await handle.fetchHistory();
    const scheduled = events!.flatMap((event) => event.activityTaskScheduledEventAttributes ?? []);
    const { input } = scheduled.find(({ activityId }) => activityId === found)!;
    return { workflowId, activityId: found!, asked: input!.payloads![0]! };
  }

  async complete(step: Step, result: Payload): Promise<void> {
    await this.#service.respondActivityTaskCompletedById({ ...this.#by(step), result: { payloads: [result] } });
  }

  async fail(step: Step, failure: Failure): Promise<void> {
    await this.#service.respondActivityTaskFailedById({ ...this.#by(step), failure });
  }

  async heartbeat({ workflowId, activityId }: Step, details: Payload): Promise<void> {
    const at = { ...this.#common, workflowId, activityId };
    await this.#service.recordActivityTaskHeartbeatById({ ...at, details: { payloads: [details] } });
  }

  /** Takes activities of a queue, and gives each an answer, until one of that type has come. */
  async completeNext(taskQueue: string, type: string, result: Payload): Promise<void> {
    for (let last: string | null | undefined; last !== type;) {
      const { taskToken, activityType } = await this.#poll(() =>
        this.#service.pollActivityTaskQueue({ ...this.#common, taskQueue: { name: taskQueue } }),
      );
      last = activityType?.name;
      if (!taskToken?.length) continue;
      await this.#service.respondActivityTaskCompleted({ ...this.#common, taskToken, result: { payloads: [result] } });
    }
  }

  /** Takes the next step of a workflow in the place of a worker that is gone, and ends the workflow with a result. */
  async completeWorkflow(workflowId: string, taskQueue: string, result: Payload): Promise<void> {
    for (;;) {
      const task = await this.#poll(() =>
        this.#service.pollWorkflowTaskQueue({ ...this.#common, taskQueue: { name: taskQueue } }),
      );
      if (task.workflowExecution?.workflowId !== workflowId) continue;
      await this.#service.respondWorkflowTaskCompleted({
        ...this.#common,
        taskToken: task.taskToken,
        commands: [
          {
            // Temporal's number for the end of a workflow.
            commandType: 4,
            completeWorkflowExecutionCommandAttributes: { result: { payloads: [result] } },
          },
        ],
      });
      return;
    }
  }

  /** How many steps of a workflow have failed, and would be tried for ever. */
  async failedSteps(workflowId: string): Promise<number> {
    const { events } = await this.client.workflow.getHandle(workflowId).fetchHistory();
    return (events ?? []).filter((event) => event.workflowTaskFailedEventAttributes).length;
  }

  #by({ workflowId, activityId }: Step) {
    this.#answered.add(`${workflowId} ${activityId}`);
    return { ...this.#common, workflowId, activityId };
  }

  // Polls want a deadline; one that comes too late fails the test.
  #poll<Task>(poll: () => Promise<Task>): Promise<Task> {
    return this.#connection.withDeadline(Date.now() + patient(60_000), poll);
  }

  get #service(): Service {
    return this.client.workflowService;
  }
}

/** A value as everybody writes one. */
export function plainPayload(value: unknown): Payload {
  return { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(JSON.stringify(value)) };
}

import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { decode, decodeFailure } from '@temporalio/common/lib/internal-non-workflow/index.js';

/*
 * What is read of histories and descriptions as the server has them: the SDK opens what it gives back by itself, and nothing of these.
 */

type Description = WorkflowExecutionDescription['raw'];
type PendingActivity = NonNullable<Description['pendingActivities']>[number];
type Failure = NonNullable<PendingActivity['lastFailure']>;
type Payload = NonNullable<NonNullable<NonNullable<PendingActivity['heartbeatDetails']>['payloads']>[number]>;

/** A value of a payload; undefined: there is none. @throws PayloadKeyError when its key is not there */
export async function openPayload<Value>(
  { options }: Client,
  payload: Payload | null | undefined,
): Promise<Value | undefined> {
  if (!payload) return undefined;
  const { payloadCodecs, payloadConverter } = options.loadedDataConverter;
  const [opened] = await decode(payloadCodecs, [payload]);
  return payloadConverter.fromPayload<Value>(opened!);
}

/** A failure with its message and details. @throws PayloadKeyError when their key is not there */
export async function openFailure({ options }: Client, failure: Failure): Promise<Failure> {
  const { payloadCodecs, payloadConverter, failureConverter } = options.loadedDataConverter;
  const opened = await decodeFailure(payloadCodecs, failure);
  const { message } = failureConverter.failureToError(opened, payloadConverter);
  return { ...opened, message };
}

/** Activities in flight, with what they told last and why they failed last. */
export async function openActivities(client: Client, raw: Description): Promise<PendingActivity[]> {
  const { payloadCodecs } = client.options.loadedDataConverter;
  const activities = raw.pendingActivities ?? [];
  return Promise.all(
    activities.map(async (activity) => ({
      ...activity,
      ...(activity.lastFailure && { lastFailure: await openFailure(client, activity.lastFailure) }),
      ...(activity.heartbeatDetails && {
        heartbeatDetails: { payloads: await decode(payloadCodecs, activity.heartbeatDetails.payloads ?? []) },
      }),
    })),
  );
}

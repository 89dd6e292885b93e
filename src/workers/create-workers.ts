import { asyncLocalStorage } from '@temporalio/activity';
import type { MetricMeter } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import type { InjectedSinks, NativeConnection, WorkerOptions } from '@temporalio/worker';
import type { Activities } from '../contracts/activities.ts';
import type { CancelSinks } from '../contracts/cancel-sinks.ts';
import { longestComputation } from '../domain/run/standstill.ts';
import type { FittedTuning } from '../domain/run/worker-tuning.ts';
import type { SpanSinks } from '../domain/tracing/spans.ts';
import { dataConverterOf } from '../host/payloads/data-converter.ts';
import type { Tracing } from '../host/tracing/tracing.ts';
import { deploymentOptions } from './deployment.ts';
import { measureSteps } from './metrics/measured-steps.ts';
import { withOwn } from './own-activities.ts';
import { refuseForeign } from './refuse-foreign.ts';
import type { WorkerSettings } from './settings.ts';
import { traceActivities } from './tracing/traced-activity.ts';
import { mainTuning, toolsTuning } from './tuning.ts';
import { failureConverterOf, workflowCode } from './workflow-code.ts';
import type { HeldLease } from './lease/hold-lease.ts';
import { workerIdentity } from './lease/worker-identity.ts';

interface WorkerParts {
  connection: NativeConnection;
  host: string;
  tracing: Tracing | null;
  meter: MetricMeter | null;
  lease: Pick<HeldLease, 'tellCancelled'>;
}

/** What the workers of both queues have. */
function commonOptions(settings: WorkerSettings, { connection, host, tracing, meter, lease }: WorkerParts) {
  const { namespace } = settings.temporal;
  const activity = [
    refuseForeign,
    ...(meter ? [measureSteps(meter)] : []),
    ...(tracing ? [traceActivities(tracing)] : []),
    ...(settings.activityInterceptors ?? []),
  ];
  return {
    ...{ connection, namespace, identity: workerIdentity(host), ...timing },
    dataConverter: {
      ...dataConverterOf(settings.temporal, { isStrict: true, isInActivity }).dataConverter,
      ...failureConverterOf(settings),
    },
    interceptors: { activity },
    sinks: { ...settings.sinks, ...cancelSinks(lease), ...(tracing && spanSinks(tracing)) },
  };
}

/** The SDK's workers of a process: one for runs and their steps, and one for tools in this host's workspaces. */
export async function createWorkers(
  settings: WorkerSettings,
  parts: WorkerParts & { activities: Activities; workspaceQueue: string; tuning: FittedTuning },
): Promise<Worker[]> {
  const { activities, workspaceQueue, tuning, tracing } = parts;
  const common = commonOptions(settings, parts);
  const main = Worker.create({
    ...common,
    ...workflowCode(settings, { traces: tracing !== null, tellsCancels: true }),
    ...deploymentOptions(settings.deployment),
    taskQueue: settings.taskQueue,
    activities: withOwn(activities, settings.ownActivities),
    enableNonLocalActivities: settings.controlOnly !== true,
    ...mainTuning(tuning),
  });
  if (settings.controlOnly) return [await main];
  const { callTool, doTool, runAgent, compensate, saveCheckpoint, openWorkspace, sealWorkspace } = activities;
  const { standAside, getInLine, coupleBranches, gateMerge, landMerge } = activities;
  const workspace = Worker.create({
    ...common,
    taskQueue: workspaceQueue,
    activities: {
      ...{ callTool, doTool, runAgent, compensate, saveCheckpoint, openWorkspace, sealWorkspace },
      ...{ standAside, getInLine, coupleBranches, gateMerge, landMerge },
    },
    ...toolsTuning(tuning),
  });
  return Promise.all([main, workspace]);
}

// What is walked through again was told the first time.
function spanSinks(tracing: Tracing): InjectedSinks<SpanSinks> {
  return { gafferSpans: { tell: { fn: (_info, span) => tracing.tell(span), callDuringReplay: false } } };
}

function cancelSinks(lease: Pick<HeldLease, 'tellCancelled'>): InjectedSinks<CancelSinks> {
  return {
    gafferSteps: {
      cancelled: { fn: ({ workflowId }, steps) => lease.tellCancelled(workflowId, steps), callDuringReplay: false },
    },
  };
}

/*
 * A cancel must reach a model call within a second. Whoever waits for its own sticky queue in vain replays its whole history, which a
 * crowded machine can afford least; what waits for a dead worker there is woken (lease/wake-orphans.ts). Workflow code that stands still in the
 * middle of a computation is not one that never ends (src/domain/run/standstill.ts).
 * On shutdown calls in flight may end, for half of an answer is paid for and asked again; what takes longer is cut off, and the next
 * worker goes on with it.
 */
const timing = {
  // Steps send few, and each of those when it counts; somebody's own are held back (own-activities.ts).
  maxHeartbeatThrottleInterval: '100 ms',
  stickyQueueScheduleToStartTimeout: '10 s',
  isolateExecutionTimeout: longestComputation,
  shutdownGraceTime: '10 s',
  shutdownForceTime: '15 s',
} satisfies Partial<WorkerOptions> & { isolateExecutionTimeout: string };

const isInActivity = (): boolean => asyncLocalStorage.getStore() !== undefined;

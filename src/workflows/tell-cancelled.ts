import type { WorkflowInterceptors } from '@temporalio/workflow';
import { CancellationScope, proxySinks } from '@temporalio/workflow';
import type { CancelSinks } from '../contracts/cancel-sinks.ts';

declare global {
  /** The worker that loaded this code passes cancels on (workers/workflow-code.ts). Not from the history: a run may change between workers. */
  var gafferTellsCancels: boolean | undefined;
}

/**
 * Ids of the steps begun in each scope. What is over stays among them and hears nothing: to look whether it is would mark a failure that nobody
 * awaits as seen.
 */
const begun = new WeakMap<CancellationScope, Set<string>>();

/**
 * Loaded with every workflow bundle (src/workers/bundle-workflows.ts): says which steps are cancelled, so that they hear of it before their
 * next heartbeat. All of it is synchronous, and nothing of it stands in the history.
 */
export function interceptors(): WorkflowInterceptors {
  return {
    outbound: [
      {
        scheduleActivity(input, next) {
          const scope = CancellationScope.current();
          // What stands in a scope that is over already is not begun.
          if (globalThis.gafferTellsCancels && scope.cancellable && !scope.consideredCancelled)
            stepsOf(scope).add(input.options.activityId ?? String(input.seq));
          return next(input);
        },
      },
    ],
  };
}

function stepsOf(scope: CancellationScope): Set<string> {
  const known = begun.get(scope);
  if (known) return known;
  const steps = new Set<string>();
  begun.set(scope, steps);
  scope.cancelRequested.catch(() => {
    if (steps.size > 0) proxySinks<CancelSinks>().gafferSteps.cancelled([...steps]);
  });
  return steps;
}

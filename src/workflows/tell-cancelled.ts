import type { WorkflowInterceptors } from '@temporalio/workflow';
import { CancellationScope, proxySinks } from '@temporalio/workflow';
import type { CancelSinks } from '../contracts/cancel-sinks.ts';

declare global {
  /** The worker that loaded this code passes cancels on (workers/workflow-code.ts). Not from the history: a run may change between workers. */
  var gafferTellsCancels: boolean | undefined;
}

/** Ids of the steps under way in each scope. */
const underWay = new WeakMap<CancellationScope, Set<string>>();

/**
 * Loaded with every workflow bundle (src/workers/bundle-workflows.ts): says which steps are cancelled, so that they hear of it before their
 * next heartbeat. All of it is synchronous, and nothing of it stands in the history.
 */
export function interceptors(): WorkflowInterceptors {
  return {
    outbound: [
      {
        scheduleActivity(input, next) {
          const step = next(input);
          const scope = CancellationScope.current();
          // What stands in a scope that is over already was not begun.
          if (globalThis.gafferTellsCancels && scope.cancellable && !scope.consideredCancelled) {
            const steps = stepsOf(scope);
            const id = input.options.activityId ?? String(input.seq);
            steps.add(id);
            const forget = (): void => void steps.delete(id);
            void step.then(forget, forget);
          }
          return step;
        },
      },
    ],
  };
}

function stepsOf(scope: CancellationScope): Set<string> {
  const known = underWay.get(scope);
  if (known) return known;
  const steps = new Set<string>();
  underWay.set(scope, steps);
  scope.cancelRequested.catch(() => {
    if (steps.size > 0) proxySinks<CancelSinks>().gafferSteps.cancelled([...steps]);
  });
  return steps;
}

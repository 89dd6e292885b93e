/*
 * Where payloads are encrypted, messages and stack traces of failures are, too: the worker marks the code that it loads
 * (workers/start-worker.ts), as a run may come from a worker without keys. Bundled as the SDK's own converter would be.
 */
import { DefaultFailureConverter } from '@temporalio/common';

declare global {
  var gafferHidesFailures: boolean | undefined;
}

export const failureConverter = new DefaultFailureConverter({
  encodeCommonAttributes: globalThis.gafferHidesFailures === true,
});

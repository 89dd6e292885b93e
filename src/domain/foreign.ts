/** Why something from Temporal is not taken: where its port is open to others, only what bears our seal counts. */
export const foreignReason =
  'it is not sealed with the key of this home: start and steer runs with `gaffer`, or use a machine with namespaces';

const key = 'gaffer:foreign';

/** Why the answer to a step is not taken: it is not what the worker answered that was asked. */
export const foreignAnswerReason =
  'somebody else answered in the place of the worker: the answer is not sealed for this step with the key of this home. ' +
  'Use a machine with namespaces, or servers of your own';

/** Metadata of a payload that {@link foreignValue} stands in the place of. */
export const foreignMark = 'gaffer-foreign';

/** Metadata of a payload that was sealed for whoever does a step, so that it is no answer to it. */
export const questionMark = 'gaffer-question';

/** What stands in the place of a value that is not ours. */
export const foreignValue = { [key]: foreignReason };

/** Whether a value is not ours. Asked before anything else is read of it. */
export function isForeign(value: unknown): boolean {
  return typeof value === 'object' && value !== null && key in value;
}

/** Why something from Temporal is not taken: where its port is open to others, only what bears our seal counts. */
export const foreignReason =
  'it is not sealed with the key of this home: start and steer runs with `gaffer`, or use a machine with namespaces';

const key = 'gaffer:foreign';

/** What stands in the place of a value that is not ours. */
export const foreignValue = { [key]: foreignReason };

/** Whether a value is not ours. Asked before anything else is read of it. */
export function isForeign(value: unknown): boolean {
  return typeof value === 'object' && value !== null && key in value;
}

/*
 * Ids of spans that workflow code tells. It has no chance in it, and is walked through again on other workers: so they are made of what names
 * the thing, and whoever hangs something below it makes the same.
 */

/** Id of the span of a thing that is named like this: 16 hex digits. */
export function toSpanId(name: string): string {
  const id = hash(name, 0x811c9dc5) + hash(name, 0x9747b28c);
  return /^0+$/.test(id) ? '1'.padStart(16, '0') : id;
}

/** Id of the trace that a run begins which nobody brought one to: 32 hex digits, of Temporal's id of its first execution. */
export function toTraceId(executionId: string): string {
  const digits = executionId.replaceAll('-', '').toLowerCase();
  return /^(?!0{32})[0-9a-f]{32}$/.test(digits) ? digits : toSpanId(executionId) + toSpanId(`${executionId}/trace`);
}

/** Name of the span of an attempt, in which an agent works on a task. */
export function attemptName(runKey: string, taskId: string, attempt: number): string {
  return `attempt/${runKey}/${taskId}/${attempt}`;
}

// FNV-1a with a last stir, over 32 bits.
function hash(text: string, seed: number): string {
  let value = seed;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return ((value ^ (value >>> 16)) >>> 0).toString(16).padStart(8, '0');
}

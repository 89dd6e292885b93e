import type { ClaimedDelivery } from '../../store/service/webhooks.ts';

/** Longest body; a result that is longer loses its tasks, which the API has. */
const maxBytes = 1024 * 1024;

/** What is sent of an event: its type and time, and as `data` the run, the event's own fields, and at a run's end its result. The same at each attempt. */
export function deliveryBody({ event, run, result }: Pick<ClaimedDelivery, 'event' | 'run' | 'result'>): string {
  const { type, at, ...fields } = event;
  const data = { run: run.id, workflow: run.workflow, ...(run.parent && { parent: run.parent }), ...fields };
  const whole = JSON.stringify({ type, timestamp: at, data: { ...data, ...(result && { result }) } });
  if (Buffer.byteLength(whole) <= maxBytes || !result) return whole;
  const { tasks: _, outputs: __, ...short } = result;
  return JSON.stringify({ type, timestamp: at, data: { ...data, tasks: {}, result: short, isCut: true } });
}

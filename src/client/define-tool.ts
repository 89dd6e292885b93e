import type { JsonObject } from '../domain/json.ts';
import type { OwnTool } from '../domain/tools/own-tool.ts';

/**
 * A tool of your own: for `createWorker({ tools })`, or exported by a module for `--tools MODULE`.
 *
 * @example
 * ```ts
 * import { defineTool } from 'gaffer-crew/worker';
 *
 * export const refund = defineTool<{ order: string }>({
 *   name: 'shop.refund',
 *   description: 'Refunds an order.',
 *   input: { type: 'object', properties: { order: { type: 'string' } }, required: ['order'] },
 *   effect: 'once',
 *   async run({ order }, { idempotencyKey, signal }) {
 *     const headers = { 'idempotency-key': idempotencyKey };
 *     const answer = await fetch(`https://shop.example/orders/${order}/refund`, { method: 'POST', headers, signal });
 *     if (!answer.ok) throw new Error(`the shop says ${answer.status}`);
 *     return answer.json();
 *   },
 * });
 * ```
 */
export function defineTool<Input extends object = JsonObject>(tool: OwnTool<Input>): OwnTool<Input> {
  return tool;
}

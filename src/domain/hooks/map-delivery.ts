import { evaluateExpression, ExpressionError, renderTemplate, Work } from '../expressions/expression.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { Incoming, MappedValue, TriggerMapping } from './trigger.ts';

/** What a delivery is to start; `why`: it starts nothing. Values are data: nothing looks inside them for expressions. */
export type MappedDelivery =
  { starts: true; inputs: JsonObject; callback: string | null } | { starts: false; why: string };

/** A delivery has not what the mapping asks for; the message says which key, and why. */
export class MappingError extends Error {
  override readonly name = 'MappingError';
}

/** What a mapping makes of a delivery. Pure. @throws MappingError */
export function mapDelivery(mapping: TriggerMapping, { payload, event }: Incoming): MappedDelivery {
  const { events, when, inputs, callback } = mapping;
  if (events.length > 0 && (event === null || !events.includes(event)))
    return { starts: false, why: 'the event is none of those that start a run' };
  const scope = { payload, event };
  const work = new Work();
  if (when !== null) {
    const holds = within('when', () => evaluateExpression(when, scope, work));
    if (holds !== null && typeof holds !== 'boolean')
      throw new MappingError('when: it must be true or false, and is neither');
    if (holds !== true) return { starts: false, why: 'when does not hold' };
  }
  const values = Object.entries(inputs).map(([name, value]) => [
    name,
    within(`inputs.${name}`, () => valueOf(value, scope, work)),
  ]);
  const address = callback && within('callback', () => valueOf(callback, scope, work));
  if (address !== null && typeof address !== 'string') throw new MappingError('callback: it must be text');
  return { starts: true, inputs: Object.fromEntries(values) as JsonObject, callback: address };
}

function valueOf(mapped: MappedValue, scope: Record<string, JsonValue>, work: Work): JsonValue {
  if ('value' in mapped) return mapped.value;
  const [first] = mapped.template;
  if (mapped.isWhole && typeof first === 'object') return evaluateExpression(first.expression, scope, work);
  return renderTemplate(mapped.template, scope);
}

function within<Value>(key: string, work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new MappingError(`${key}: ${error.message}`, { cause: error });
  }
}

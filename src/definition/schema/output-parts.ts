import { z } from 'zod';

/*
 * What the shapes of output are made of. What has a name stands once in the schema, under that name; it begins with a capital, as no verb does.
 */

/** An object that the schema has once, under `id`. */
export function named<Shape extends z.ZodRawShape>(id: string, shape: Shape): z.ZodObject<Shape, z.core.$strip> {
  return z.object(shape).meta({ id });
}

export const money = z.number();
export const count = z.int().meta({ id: 'Count' });
export const time = z.iso.datetime().meta({ id: 'Time' });
export const texts = z.array(z.string());
export const orNull = <Type extends z.ZodType>(type: Type) => z.union([type, z.null()]);
export const byName = <Type extends z.ZodType>(type: Type) => z.record(z.string(), type);

/** How runs end. */
export const end = z.enum(['succeeded', 'partial', 'failed', 'cancelled', 'stopped']);

const step = orNull(count);
/** `--timings`: what each step took until a run's first call, in ms; null: it was not come to. */
export const timed = {
  timings: named('Timings', {
    ...{ command: step, definition: step, servers: step, worker: step, start: step, firstTask: step, firstCall: step },
    total: step,
  }).optional(),
};

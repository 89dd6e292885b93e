import { anyRole, hasRole } from '../../domain/access/role.ts';
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ServerEnv } from '../env.ts';
import { ProblemError } from '../problem.ts';

/*
 * What the routes' requests are made of. Bodies and queries are strict: a key that nobody knows is refused, with where it stands.
 */

/** What the document says of a text's length, in characters: whoever tries what it says would write books. A body is bounded by its bytes. */
const longestSaid = 1000;

/** Text that a database can keep: it has no NUL. `most`: characters. */
export function words(most: number, least = 1) {
  const text = z
    .string()
    .min(least)
    .regex(/^[^\u0000]*$/, 'has a NUL character');
  return most <= longestSaid
    ? text.max(most)
    : text.refine(({ length }) => length <= most, `has more than ${most} characters`);
}

/** Text that somebody wrote: a prompt, an answer, a comment. */
export const prose = words(200_000);
/** Name of something of a run: a task, a context, a key of the shared state. */
export const name = words(300);

const runId = words(200).openapi({ param: { name: 'id', in: 'path' }, example: 'crew-x7k2' });

/** `{id}` of a run. */
export const ofRun = z.object({ id: runId });

/** `{id}` of a run, and something of it. */
export function ofRunAnd<Name extends string>(part: Name) {
  return z.object({ id: runId, [part]: name.openapi({ param: { name: part, in: 'path' } }) } as {
    id: typeof runId;
  } & Record<Name, typeof name>);
}

/** Who does it; the key says so, and another name is refused. */
export const by = words(200).optional().openapi({ description: "Who does it. Only the key's own name is taken." });

/** A number in a query. */
export function numeral(least: number, most: number) {
  return z.coerce.number().int().min(least).max(most);
}

/** A point in time in a query, as ISO 8601 in UTC: with offsets and years that a database has, too. */
export const time = z.iso
  .datetime({ offset: true })
  .refine((text) => /^(?!0000)\d{4}-/.test(inUtc(text)), 'there is no such time')
  .transform(inUtc);

// A leap second, or an hour 24, is none here.
function inUtc(text: string): string {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? '' : at.toISOString();
}

/** `true` or `false` in a query. */
export const flag = z.enum(['true', 'false']);

/** Any JSON. */
export const anyJson = z.unknown().openapi({ description: 'Any JSON' });

/** What is answered to something that has nothing to tell but that it was done. */
export const done = z.object({ runId: z.string() }).openapi('Done');

/** A weak ETag is compared, and may be answered with nothing. */
export const notModified = { 304: { description: 'Nothing has changed since the ETag of If-None-Match' } } as const;

/** The name under which a request does something: that of its key. @throws ProblemError when it says another */
export function actorOf(c: Context<ServerEnv>, said?: string): string {
  const { name: known } = c.get('principal');
  if (said === undefined || said === known) return known;
  const detail = `this key is "${known}", and does nothing as "${said}": leave \`by\` out.`;
  throw new ProblemError(403, { code: 'not-you', detail, errors: [{ pointer: '/by', detail }] });
}

/** The role in which a request decides: one of its key's; where that has only one, that one. @throws ProblemError when it says another */
export function roleOf(c: Context<ServerEnv>, said?: string): string | undefined {
  const { name: known, roles } = c.get('principal');
  const [only] = roles;
  if (said === undefined) return roles.length === 1 && only !== anyRole ? only : undefined;
  if (said !== anyRole && hasRole(roles, said)) return said;
  const detail = `the key "${known}" has no role "${said}"; it has ${roles.join(', ') || 'none'}.`;
  throw new ProblemError(403, { code: 'not-your-role', detail, errors: [{ pointer: '/role', detail }] });
}

/** Without the keys that were left out. */
export function given<Value extends object>(value: Value): { [Key in keyof Value]: Exclude<Value[Key], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as never;
}

/** Something of ours as JSON has it: what its type allows to be undefined is left out there. */
export function plain<Value>(value: Value): never {
  return value as never;
}

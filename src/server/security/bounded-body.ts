import type { Context, MiddlewareHandler } from 'hono';
import { longestInput } from '../../domain/source/source-bounds.ts';
import type { ServerEnv } from '../env.ts';
import { ProblemError } from '../problem.ts';
import { checkValue } from './check-value.ts';

/**
 * Longest body, in bytes, whether it says its length or not.
 *
 * @internal
 */
export const maxBodyBytes = 1024 * 1024;

/**
 * The same of one that says what is to run, with the values of its inputs.
 *
 * @internal
 */
export const maxStartBytes = longestInput + maxBodyBytes;

/** Most headers of a call; their bytes are bounded by the server. */
const maxHeaders = 100;

/** Lets bodies through that are JSON, and not too long or deep. Comes when it is known who asks: nobody else's body is read. */
export function boundBodies(): MiddlewareHandler<ServerEnv> {
  return async (c, next) => {
    const { body } = c.req.raw;
    const most = takesInputs(c.req) ? maxStartBytes : maxBodyBytes;
    const declared = Number(c.req.header('Content-Length') ?? 0);
    if (declared > 0 || c.req.header('Transfer-Encoding') !== undefined) requireJson(c.req.header('Content-Type'));
    if (declared > most) throw tooLarge(most);
    // A call without a body may have a stream all the same, in which nothing is.
    const bytes = body && (await readAll(body, most));
    if (bytes && bytes.length > 0) {
      requireJson(c.req.header('Content-Type'));
      // Who sent a delivery to a trigger is known by its bytes: nothing of it is parsed before that.
      if (!c.req.path.startsWith('/hooks/')) checkJson(bytes);
    }
    if (bytes) c.req.raw = new Request(c.req.raw, { method: c.req.method, body: bytes });
    await next();
  };
}

/** Whether it starts runs, or has a start checked. */
function takesInputs({ method, path }: Context<ServerEnv>['req']): boolean {
  return method === 'POST' && /^\/api\/(?:runs|plan|plan\/graph|schedules)$/.test(path);
}

/** Refuses what comes with more headers than anybody sends. */
export function boundHeaders(): MiddlewareHandler<ServerEnv> {
  return async (c, next) => {
    if ([...c.req.raw.headers.keys()].length > maxHeaders) {
      throw new ProblemError(431, { code: 'too-many-headers', detail: `a call has at most ${maxHeaders} headers.` });
    }
    await next();
  };
}

// What a form can send needs no leave of the browser, so a page of others could send it; JSON does.
function requireJson(type: string | undefined): void {
  if (/^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/i.test(type ?? '')) return;
  throw new ProblemError(415, {
    code: 'not-json',
    detail: 'a body is JSON: send it with `Content-Type: application/json`.',
    headers: { Accept: 'application/json' },
  });
}

async function readAll(body: ReadableStream<Uint8Array>, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body) {
    length += part.length;
    if (length > most) throw tooLarge(most);
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}

function checkJson(bytes: Uint8Array): void {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    // The engine's words show a piece of what was sent, and nothing else.
    throw new ProblemError(400, { code: 'broken-json', detail: `the body is not JSON: ${(error as Error).message}` });
  }
  checkValue(value);
}

function tooLarge(most: number): ProblemError {
  return new ProblemError(413, {
    code: 'body-too-large',
    detail: `a body has at most ${most} bytes.`,
    // What is still on its way is not read, so the connection is of no more use.
    headers: { Connection: 'close' },
  });
}

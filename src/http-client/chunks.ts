import { UnreachableError } from '../domain/errors.ts';
import type { Opened } from './transport.ts';

/**
 * What comes of an answer, until all of it is there. Ends it behind itself.
 *
 * @throws what the platform says when the connection breaks, or when nothing comes for `silenceMs` (null: it may be silent)
 */
export async function* chunksOf(
  { response, signal, end }: Opened,
  silenceMs: number | null,
): AsyncGenerator<Uint8Array> {
  const { body, url } = response;
  if (!body) throw new UnreachableError(`${url}: there is no stream to read in the answer.`);
  const reader = body.getReader();
  // Not every `fetch` that somebody brings ends a body with the signal.
  const stop = (): void => void reader.cancel().catch(() => undefined);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    for (;;) {
      const timer = silenceMs === null ? undefined : setTimeout(end, silenceMs);
      const { done, value } = await reader.read().finally(() => clearTimeout(timer));
      signal.throwIfAborted();
      if (done) return;
      yield value;
    }
  } finally {
    end();
  }
}

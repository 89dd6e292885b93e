import { checkOptions } from '../../../src/http-client/http-options.ts';
import { createRuns } from '../../../src/http-client/http-runs.ts';
import { realClock } from '../../../src/http-client/patience.ts';
import type { Ask } from '../../../src/http-client/transport.ts';
import type { Runs } from '../../../src/client/runs.ts';
import { PageTransport } from './page-transport.ts';

/** Long enough for a service that is started anew; what is asked meanwhile waits, and says so. */
const patienceMs = 20_000;

/** The way to the service that this page came from; the page's session says who asks. Streams go over it, too. */
export const transport = new PageTransport(checkOptions({ url: location.origin, patienceMs }), realClock);

/** The runs of whoever looks: the calls that programs have. */
export const runs: Runs<never> = createRuns(transport);

/**
 * Asks any other route. What is lost on its way is asked again; a POST is not done twice.
 *
 * @param path with its parts escaped: {@link at} makes one
 * @throws GafferError in the service's words
 */
export async function ask<Answer>(path: string, options: Omit<Ask, 'path'> = {}): Promise<Answer> {
  const { answer } = await transport.json<Answer>({ path, ...options });
  return answer;
}

/** A path with its values escaped: at`/api/runs/${id}/tasks/${task}`. */
export function at(texts: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  return texts.map((text, index) => (index === 0 ? text : encodeURIComponent(values[index - 1]!) + text)).join('');
}

/** A path as {@link at} makes it, with what was answered and the name that it goes by, for what is changed under `If-Match`. */
export async function askTagged<Answer>(path: string): Promise<{ answer: Answer; tag: string | null }> {
  const { answer, response } = await transport.json<Answer>({ path });
  return { answer, tag: response.headers.get('ETag') };
}

import type { IncomingHttpHeaders } from 'node:http';

/*
 * Which headers pass, by name. Towards the provider nothing goes that says who or where an agent is; no encoding is asked for, so that
 * what comes can be read as it is (what comes packed all the same is passed on as it came). Towards the agent nothing goes that tells
 * of the account.
 */
const toProvider = [
  ...['accept', 'content-type', 'user-agent', 'idempotency-key', 'x-app'],
  ...['anthropic-version', 'anthropic-beta', 'openai-beta'],
];
const toAgent = [
  ...['content-type', 'content-encoding', 'request-id', 'x-request-id'],
  ...['retry-after', 'retry-after-ms', 'x-should-retry', 'openai-version', 'openai-processing-ms'],
];
const limitHeader = /^(anthropic|x)-ratelimit-/;

/** What of an agent's headers goes to the provider. */
export function headersToProvider(headers: IncomingHttpHeaders): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const name of toProvider) {
    const value = headers[name];
    if (typeof value === 'string') passed[name] = value;
  }
  return passed;
}

/** What of a provider's headers goes to the agent. */
export function headersToAgent(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || !(toAgent.includes(name) || limitHeader.test(name))) continue;
    passed[name] = [value].flat().join(', ');
  }
  return passed;
}

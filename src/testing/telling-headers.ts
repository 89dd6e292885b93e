import type { IncomingMessage } from 'node:http';

const names = ['anthropic-version', 'anthropic-beta', 'openai-beta'];

/** Of a request's headers those that say how it is to be understood. */
export function tellingHeaders({ headers }: IncomingMessage): Record<string, string> {
  const told = names.map((name) => [name, headers[name]] as const);
  return Object.fromEntries(told.filter((pair): pair is [string, string] => typeof pair[1] === 'string'));
}

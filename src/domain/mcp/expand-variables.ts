import type { McpTransport } from './mcp-server.ts';

/*
 * What is never given to a server, whoever asks: where work and its memory lie, and the keys to them.
 */
const ownVariables = /^(?:GAFFER|TEMPORAL|PG)[A-Z0-9_]*$|^DATABASE_URL$/;

const reference = /\$\{([^}]*)\}/g;
const named = /^([A-Za-z_]\w*)(?::-([^]*))?$/;

// As `${NAME}` or `${NAME:-default}`.
function variablesIn(text: string): string[] {
  return [...text.matchAll(reference)].flatMap(([, inner]) => named.exec(inner!)?.[1] ?? []);
}

/** Names of the worker's variables that a server gets. */
export function variablesOf(transport: McpTransport): string[] {
  const texts =
    transport.kind === 'stdio'
      ? [transport.command, ...transport.args, ...Object.values(transport.env)]
      : [transport.url, ...Object.values(transport.headers)];
  return [...new Set(texts.flatMap(variablesIn))];
}

/** Those of them that a list of processes shows to every account of the machine: what a program is started with is no secret. */
export function variablesShown(transport: McpTransport): string[] {
  if (transport.kind !== 'stdio') return [];
  return [...new Set([transport.command, ...transport.args].flatMap(variablesIn))];
}

/**
 * A text with its references to variables filled in: `${NAME}`, and `${NAME:-default}` where it may be missing or empty.
 *
 * @throws Error that names a variable which is missing, or which is not given away
 */
export function expandVariables(text: string, env: Readonly<Record<string, string | undefined>>): string {
  return text.replace(reference, (whole, inner: string) => {
    const [, name, fallback] = named.exec(inner) ?? [];
    if (name === undefined)
      throw new Error(`${whole.slice(0, 60)} is no variable: expected \${NAME} or \${NAME:-default}`);
    if (ownVariables.test(name)) throw new Error(`the variable ${name} is Gaffer's own, and no server gets it`);
    const value = env[name];
    if (value !== undefined && value !== '') return value;
    if (fallback !== undefined) return fallback;
    throw new Error(`the variable ${name} is not set where the worker runs`);
  });
}

import type { JsonObject, JsonValue } from '../json.ts';
import { parseJson } from '../parse-json.ts';
import { variablesOf } from './expand-variables.ts';
import { isServerName } from './server-names.ts';
import type { McpEffect, McpServer, McpSource, McpTransport } from './mcp-server.ts';

/** What keeps a server from being used, and where in the file's value. */
export interface ServerProblem {
  path: (string | number)[];
  message: string;
  hint: string;
}

/** Longest call of a tool of a server that does not say, in ms. */
const defaultTimeoutMs = 120_000;
const longestSeconds = 1200;

const form =
  'as coding assistants have it: { "mcpServers": { "NAME": { "command": …, "args": […], "env": {…} } } }, or with "url" and "headers"';

/** The servers of a source by name. @throws Error when it is none: it was made by whoever read it */
export function serversIn({ text }: McpSource): Map<string, McpServer> {
  return readServers(parseJson(text)).servers;
}

/** The servers that a value declares, and what is wrong with the others. */
export function readServers(value: JsonValue | undefined): {
  servers: Map<string, McpServer>;
  problems: ServerProblem[];
} {
  const servers = new Map<string, McpServer>();
  const problems: ServerProblem[] = [];
  const all = isObject(value) ? value['mcpServers'] : undefined;
  if (!isObject(all)) {
    problems.push({ path: [], message: 'there is no object "mcpServers" in it', hint: `write it ${form}` });
    return { servers, problems };
  }
  for (const [name, declared] of Object.entries(all)) {
    const found = readServer(name, declared);
    if ('server' in found) servers.set(name, found.server);
    else problems.push({ ...found, path: ['mcpServers', name, ...found.path] });
  }
  return { servers, problems };
}

function readServer(name: string, declared: JsonValue): { server: McpServer } | ServerProblem {
  const wrong = (key: string | null, message: string, hint: string): ServerProblem => ({
    path: key === null ? [] : [key],
    message: `the server ${JSON.stringify(name).slice(0, 60)} is not used: ${message}`,
    hint,
  });
  if (!isServerName(name))
    return wrong(null, 'its name cannot begin the name of a tool', 'name it by letters, digits, "-" and single "_"');
  if (!isObject(declared)) return wrong(null, 'it is no object', `write it ${form}`);
  const transport = readTransport(declared);
  if (typeof transport === 'string') return wrong(null, transport, `write it ${form}`);
  const own = declared['gaffer'] ?? {};
  const ours = isObject(own) ? readOwn(own) : 'it must be an object';
  if (typeof ours === 'string')
    return wrong(
      'gaffer',
      `"gaffer": ${ours}`,
      'it may say "network": true, "workspace": true, "reads": ["/FOLDER"], "timeout_seconds": 60, and "effects": { "TOOL": "idempotent" }',
    );
  const { workspace, ...rest } = ours;
  return { server: { name, transport, ...rest, findsWorkspace: workspace ?? !getsMore(transport, rest) } };
}

function getsMore(transport: McpTransport, { network, reads }: Pick<McpServer, 'network' | 'reads'>): boolean {
  const hasEnv = transport.kind === 'stdio' && Object.keys(transport.env).length > 0;
  return network || reads.length > 0 || hasEnv || variablesOf(transport).length > 0;
}

function readTransport(declared: JsonObject): McpTransport | string {
  const { type, command, args = [], env = {}, url, headers = {} } = declared;
  if (typeof command === 'string' && typeof url === 'string') return 'it has both "command" and "url"';
  if (typeof command === 'string' && command.trim() !== '') {
    if (type !== undefined && type !== 'stdio') return `"type" is ${JSON.stringify(type)}, but it has a "command"`;
    if (!isTexts(args)) return '"args" must be a list of texts';
    if (!isTextsByName(env)) return '"env" must hold texts by name';
    const bad = Object.keys(env).find((name) => !/^[A-Za-z_]\w*$/.test(name));
    if (bad !== undefined) return `"env" has a name that no variable can have: ${JSON.stringify(bad).slice(0, 60)}`;
    return { kind: 'stdio', command, args, env };
  }
  if (typeof url !== 'string') return 'it needs a "command" or a "url"';
  if (type === 'sse') return '"type" is "sse", which servers have given up; this speaks streamable HTTP ("http")';
  if (type !== undefined && type !== 'http' && type !== 'streamable-http')
    return `"type" is ${JSON.stringify(type)}; known are "stdio" and "http"`;
  if (!isTextsByName(headers)) return '"headers" must hold texts by name';
  return { kind: 'http', url, headers };
}

/** What stands under our own key. `workspace`: whether it finds that; not there: it does not say. */
type OwnWords = Pick<McpServer, 'network' | 'reads' | 'effects' | 'timeoutMs'> & { workspace: boolean | undefined };

function readOwn(own: JsonObject): OwnWords | string {
  const {
    network = false,
    workspace,
    reads = [],
    effects = {},
    timeout_seconds: seconds = defaultTimeoutMs / 1000,
    ...others
  } = own;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return `the key ${JSON.stringify(unknown).slice(0, 60)} is not known`;
  if (typeof network !== 'boolean') return '"network" must be true or false';
  if (workspace !== undefined && typeof workspace !== 'boolean') return '"workspace" must be true or false';
  if (!isTexts(reads) || !reads.every((folder) => folder.startsWith('/')))
    return '"reads" must be a list of folders by their whole paths';
  if (typeof seconds !== 'number' || !(seconds >= 1 && seconds <= longestSeconds))
    return `"timeout_seconds" must be a number from 1 to ${longestSeconds}`;
  if (!isObject(effects) || !Object.values(effects).every(isEffect))
    return '"effects" must say "pure", "idempotent" or "once" of tools by name';
  return { network, workspace, reads, effects: effects as Record<string, McpEffect>, timeoutMs: seconds * 1000 };
}

function isEffect(value: JsonValue): boolean {
  return value === 'pure' || value === 'idempotent' || value === 'once';
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: JsonValue): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function isTextsByName(value: JsonValue): value is Record<string, string> {
  return isObject(value) && Object.values(value).every((each) => typeof each === 'string');
}

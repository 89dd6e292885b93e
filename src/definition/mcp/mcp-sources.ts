import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { McpSource } from '../../domain/mcp/mcp-server.ts';
import { readServers, serversIn } from '../../domain/mcp/read-servers.ts';
import { allToolsOf } from '../../domain/mcp/server-names.ts';
import type { ToolTraits } from '../../domain/tool-names.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { DefinitionError } from '../source/diagnostic.ts';
import { isFolder } from '../source/is-folder.ts';
import { readYaml } from '../source/read-yaml.ts';
import type { SourceDocument, ValuePath } from '../source/source-document.ts';
import { isJsonObject } from '../source/source-document.ts';
import { readSourceFile } from '../source/source-text.ts';

/** Name of the file in which coding assistants declare servers of tools. */
export const mcpFileName = '.mcp.json';

/** Servers that a definition's agents can be given, best first, and what is wrong with the files: a run that uses none of theirs runs all the same. */
export interface McpServers {
  sources: McpSource[];
  diagnostics: Diagnostic[];
}

/**
 * The servers for a definition, and all of their tools as they can be named before anybody asked the servers.
 *
 * @param tools those that there are besides
 */
export function openMcpServers(
  { file, folders }: { file: string | null; folders: readonly string[] },
  tools: readonly ToolTraits[],
): McpServers & { tools: ToolTraits[] } {
  const { sources, diagnostics } = readMcpFiles(mcpFilesFor(file, folders));
  return { sources, diagnostics, tools: serverTools(sources, tools) };
}

/** All tools of the servers of some sources, by the name that stands for them (M3); a namespace that other tools have stays theirs. */
export function serverTools(sources: readonly McpSource[], tools: readonly ToolTraits[] = []): ToolTraits[] {
  const names = new Set(sources.flatMap((source) => [...serversIn(source).keys()]));
  return [...names].filter((name) => !tools.some((tool) => tool.name.startsWith(`${name}.`))).map(allToolsOf);
}

/** The errors among what was found; where a tool is not known, with what is doubtful about servers: it may be one of theirs. @param files what is doubtful about the files that declare them */
export function errorsIn(found: readonly Diagnostic[], files: readonly Diagnostic[] = []): Diagnostic[] {
  const errors = found.filter(({ severity }) => severity === 'error');
  const ofAgents = found.filter(({ code, severity }) => code === 'mcp-server' && severity === 'warning');
  return errors.some(({ code }) => code === 'unknown-tool') ? [...errors, ...ofAgents, ...files] : errors;
}

/** Files with servers for a definition, best first: beside it, above a folder `workflows`, and in these folders. */
function mcpFilesFor(file: string | null, folders: readonly string[]): string[] {
  const path = file === null ? null : resolve(file);
  const beside = path === null ? [] : [isFolder(path) ? path : dirname(path)];
  const above = beside.filter((folder) => basename(folder) === 'workflows').map(dirname);
  const all = [...beside, ...above, ...folders].map((folder) => join(folder, mcpFileName));
  return [...new Set(all.filter(existsSync).map((each) => realpathSync(each)))];
}

/** Reads such files. Never throws for what stands in them. */
function readMcpFiles(files: readonly string[]): McpServers {
  const sources: McpSource[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const file of files) {
    const read = readMcpFile(file);
    diagnostics.push(...read.diagnostics);
    if (read.source) sources.push(read.source);
  }
  return { sources, diagnostics };
}

/** Reads one. Its comments, order and spaces are not what is believed, so they are not in what is kept of it. */
export function readMcpFile(file: string): { source: McpSource | null; diagnostics: Diagnostic[] } {
  try {
    const document = readYaml(readSourceFile(file));
    return { source: toSource(file, document.value), diagnostics: problemsIn(document, [], document.value) };
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    return { source: null, diagnostics: error.diagnostics.map((each) => ({ ...each, severity: 'warning' as const })) };
  }
}

/** What an agent's own file says of servers. */
export interface AgentServers {
  /** Those that it declares; null: none. */
  source: McpSource | null;
  /** Those that it declares, and those of other files that it names. */
  names: { name: string; path: ValuePath; isOwn: boolean }[];
}

/** Reads `mcpServers` of an agent file: servers by name, or a list of names and of such servers. */
export function readAgentServers(document: SourceDocument, key: string, found: Diagnostic[]): AgentServers {
  const value = document.valueAt([key]) ?? null;
  if (value === null) return { source: null, names: [] };
  const declared: JsonObject = {};
  const names: AgentServers['names'] = [];
  const take = (servers: JsonObject, path: ValuePath): void => {
    for (const [name, server] of Object.entries(servers)) {
      declared[name] = server;
      names.push({ name, path: [...path, name], isOwn: true });
    }
  };
  for (const [index, each] of (Array.isArray(value) ? value : [value]).entries()) {
    const path = Array.isArray(value) ? [key, index] : [key];
    if (isJsonObject(each)) take(each, path);
    else if (typeof each === 'string' && Array.isArray(value)) names.push({ name: each, path, isOwn: false });
    else {
      const message = 'what it says of servers is not understood: the agent works without them';
      const hint = 'list names of servers in .mcp.json, or servers as they stand there';
      found.push(document.diagnostic(path, { code: 'mcp-server', message, hint, severity: 'warning' }));
    }
  }
  if (Object.keys(declared).length === 0) return { source: null, names };
  const file = existsSync(document.name) ? realpathSync(document.name) : document.name;
  const source = toSource(file, { mcpServers: declared });
  const { servers, problems } = readServers({ mcpServers: declared });
  for (const { path, message, hint } of problems) {
    const at = names.find((each) => each.isOwn && each.name === path[1])?.path ?? [key];
    found.push(
      document.diagnostic([...at, ...path.slice(2)], { code: 'mcp-server', message, hint, severity: 'warning' }),
    );
  }
  return { source, names: names.filter(({ name, isOwn }) => !isOwn || servers.has(name)) };
}

function toSource(file: string, value: JsonValue): McpSource {
  const servers = isJsonObject(value) ? (value['mcpServers'] ?? null) : null;
  return { file, text: JSON.stringify({ mcpServers: servers }, null, 2) };
}

function problemsIn(document: SourceDocument, at: ValuePath, value: JsonValue): Diagnostic[] {
  return readServers(value).problems.map(({ path, message, hint }) =>
    document.diagnostic([...at, ...path], { code: 'mcp-server', message, hint, severity: 'warning' }),
  );
}

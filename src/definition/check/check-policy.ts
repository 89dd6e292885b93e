import type { AgentRegistry } from '../../agents/registry.ts';
import { serverOf } from '../../domain/mcp/server-names.ts';
import { builtInList, fromWireName, type ToolTraits } from '../../domain/tool-names.ts';
import { matchesGlob } from '../../domain/tools/glob.ts';
import { checkTool } from './check-tasks.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { unknownAgent } from '../draft/agents.ts';
import type { SourceDocument, ValuePath } from '../source/source-document.ts';
import { isJsonObject } from '../source/source-document.ts';

/** Names of tools and agents in `policy`, and of agents in `limits.per_agent`. */
export function checkPolicy(
  document: SourceDocument,
  registry: AgentRegistry,
  tools: readonly ToolTraits[] = builtInList,
): Diagnostic[] {
  const root = isJsonObject(document.value) ? document.value : {};
  const found: Diagnostic[] = [];
  for (const [index, rule] of (Array.isArray(root['policy']) ? root['policy'] : []).entries()) {
    found.push(...checkToolGlob(document, ['policy', index, 'tool'], tools));
    const agents = isJsonObject(rule) && Array.isArray(rule['agents']) ? rule['agents'] : [];
    for (const [at, name] of agents.entries()) {
      if (typeof name !== 'string' || registry.agents.has(name)) continue;
      found.push(unknownAgent(document, name, { path: ['policy', index, 'agents', at], registry }));
    }
  }
  const limits = isJsonObject(root['limits']) ? root['limits'] : {};
  const perAgent = isJsonObject(limits['per_agent']) ? limits['per_agent'] : {};
  for (const name of Object.keys(perAgent)) {
    if (registry.agents.has(name)) continue;
    found.push(unknownAgent(document, name, { path: ['limits', 'per_agent', name], registry, on: 'key' }));
  }
  return found;
}

function isMet(glob: string, tools: readonly ToolTraits[]): boolean {
  return serverOf(glob, tools) !== null || tools.some(({ name }) => matchesGlob(name, glob));
}

// A rule that no tool can meet is a rule that does not hold.
function checkToolGlob(document: SourceDocument, path: ValuePath, tools: readonly ToolTraits[]): Diagnostic[] {
  const glob = document.valueAt(path);
  if (typeof glob === 'string' && isMet(fromWireName(glob), tools)) return [];
  return checkTool(document, path, [...tools, { name: '*' }]);
}

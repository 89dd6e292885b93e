import { basename, dirname } from 'node:path';
import { readYaml } from '../definition/source/read-yaml.ts';
import { isJsonObject } from '../definition/source/source-document.ts';
import { readSourceFile } from '../definition/source/source-text.ts';
import { Translation } from '../definition/source/translated-document.ts';
import type { ToolTraits } from '../domain/tool-names.ts';
import type { LoadedAgent } from './agent-problem.ts';
import { toAgent } from './load-agent-file.ts';

/** Whether a file is the one of a team folder that has all of its agents: `.ai-agents/config.yml`. */
export function isTeamFile(file: string): boolean {
  return basename(dirname(file)) === '.ai-agents' && /^config\.ya?ml$/.test(basename(file));
}

/**
 * The agents of a team's file: `agents: { NAME: { base, platforms, model, max_tokens } }`, each as a YAML agent has it, with prompts of Markdown files beside it.
 *
 * @throws DefinitionError when the file cannot be read
 */
export function loadTeamAgents(file: string, dir: string, tools: readonly ToolTraits[]): LoadedAgent[] {
  const document = readYaml(readSourceFile(file));
  const agents = document.valueAt(['agents']);
  return Object.entries(isJsonObject(agents) ? agents : {}).map(([name, keys]) => {
    const agent = new Translation(file, document);
    agent.put(['name'], name, { document, path: ['agents', name] });
    for (const [key, value] of Object.entries(isJsonObject(keys) ? keys : {})) {
      agent.put([key], value, { document, path: ['agents', name, key] });
    }
    return toAgent(agent.toDocument({}), { dir, body: '', tools });
  });
}

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UsageError } from '../../domain/errors.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { convertDefinition } from '../../definition/convert.ts';
import type { TemplatePart } from '../../definition/templates/added-template.ts';
import { hashOfParts } from '../../definition/templates/added-template.ts';
import type { TemplateDetails } from '../../definition/templates/describe-template.ts';
import { describeTemplate } from '../../definition/templates/describe-template.ts';
import { isTemplateName, saysTemplateText } from '../../definition/templates/find-template.ts';
import { isJsonObject } from '../../definition/source/source-document.ts';
import { readYaml } from '../../definition/source/read-yaml.ts';
import { SourceText } from '../../definition/source/source-text.ts';
import type { Brought } from './brought-files.ts';

/** An agent that a template brings, with what it may use. */
interface BroughtAgent {
  name: string;
  tools: string[];
  /** How many rules of its own its file has. */
  rules: number;
}

/** A template of a source, with what somebody has to see who takes it. */
export interface BroughtTemplate {
  id: string;
  /** Of all of its files. */
  hash: string;
  parts: TemplatePart[];
  details: TemplateDetails;
  agents: BroughtAgent[];
  /** Agents that it names and does not bring. */
  otherAgents: string[];
  /** Its rules for calls of tools, one a line. */
  policy: string[];
  /** Commands, calls of tools and other workflows that it holds itself, as tasks or to undo one. */
  commands: string[];
  /** Folders that it has agents work in. */
  workspaces: string[];
}

/**
 * The templates among a source's files, each written into a folder of its own below `staging` and looked at there. Nothing of them runs.
 *
 * @throws UsageError when there is none, DefinitionError when one is broken
 */
export async function stageTemplates(brought: Brought, staging: string): Promise<BroughtTemplate[]> {
  const found = brought.files.flatMap((file) => {
    const id = idOf(file.path, brought.name);
    return id !== null && saysTemplateText(file.content) ? [{ id, file }] : [];
  });
  if (found.length === 0)
    throw new UsageError(
      `${safeLine(brought.source)} has no template: a workflow file with "template:" (NAME.yaml, NAME/workflow.yaml, also below templates/).`,
    );
  const twice = found.find(({ id }, index) => found.findIndex((each) => each.id === id) !== index);
  if (twice) throw new UsageError(`${safeLine(brought.source)} has two templates called ${twice.id}.`);
  const staged: BroughtTemplate[] = [];
  for (const { id, file } of found) staged.push(await stage(staging, { id, file, files: brought.files }));
  return staged;
}

async function stage(
  staging: string,
  { id, file, files }: { id: string; file: TemplatePart; files: readonly TemplatePart[] },
): Promise<BroughtTemplate> {
  const parts = [{ path: 'workflow.yaml', content: file.content }, ...agentFilesFor(file.path, files)];
  const folder = join(staging, id);
  for (const { path, content } of parts) {
    await mkdir(dirname(join(folder, path)), { recursive: true, mode: 0o700 });
    await writeFile(join(folder, path), content, { flag: 'wx', mode: 0o600 });
  }
  // All mistakes of its form are told before anybody decides.
  convertDefinition({ kind: 'text', text: file.content, file: file.path }, {});
  const details = describeTemplate({ id, file: join(folder, 'workflow.yaml'), folder: staging });
  const { loadAgents } = await import('../../agents/registry.ts');
  const { agents } = loadAgents([join(folder, 'agents')]);
  const value = readYaml(new SourceText(file.content, file.path)).value;
  const root = isJsonObject(value) ? value : {};
  const named = new Set(details.tasks.map(({ agent }) => agent).filter((name) => name !== ''));
  return {
    ...{ id, hash: hashOfParts(parts), parts, details },
    agents: [...agents.values()].map(({ name, tools, rules = [] }) => ({ name, tools, rules: rules.length })),
    otherAgents: [...named].filter((name) => !agents.has(name)).sort(),
    ...rightsIn(root),
  };
}

/** What a file calls a template that stands in it; null: no template stands there. */
function idOf(path: string, otherwise: string): string | null {
  const inner = path.replace(/^templates\//, '');
  const [, folder, name] = /^(?:([^/]+)\/)?([^/]+)\.(?:ya?ml|json)$/.exec(inner) ?? [];
  if (name === undefined || folder === 'agents') return null;
  const isWhole = name === 'workflow' || name === 'template';
  const id = isWhole ? (folder ?? otherwise) : folder === undefined ? name : null;
  return id !== null && isTemplateName(id) ? id : null;
}

/** Agents beside the template's file, then those at the top that it has none of. */
function agentFilesFor(path: string, files: readonly TemplatePart[]): TemplatePart[] {
  const beside = path.includes('/') ? `${dirname(path)}/agents/` : 'agents/';
  const taken = new Map<string, TemplatePart>();
  for (const prefix of [beside, 'agents/']) {
    for (const file of files) {
      if (!file.path.startsWith(prefix)) continue;
      const own = `agents/${file.path.slice(prefix.length)}`;
      if (!taken.has(own)) taken.set(own, { path: own, content: file.content });
    }
  }
  return [...taken.values()];
}

function rightsIn(root: JsonObject): Pick<BroughtTemplate, 'policy' | 'commands' | 'workspaces'> {
  const phases = listOf(root['phases']).flatMap((phase) => listOf(phase['tasks']));
  const all = [...phases, ...listOf(root['tasks'])];
  const commands = all.flatMap((task) => [
    ...callOf(task),
    ...(task['workflow'] === undefined ? [] : [`workflow ${textOf(task['workflow'])}`]),
    ...(isJsonObject(task['compensate']) ? callOf(task['compensate']) : []),
  ]);
  const policy = listOf(root['policy']).map(({ tool, match, action, agents }) => {
    const who = Array.isArray(agents) ? ` for ${agents.map(textOf).join(', ')}` : '';
    return `${textOf(action)} ${textOf(tool)}${match === undefined ? '' : ` ${textOf(match)}`}${who}`;
  });
  const places = [root['workspace'], ...all.map(({ workspace }) => workspace)];
  return { policy, commands, workspaces: places.filter((each) => typeof each === 'string') };
}

/** What runs without any agent. */
function callOf({ bash, tool, input }: JsonObject): string[] {
  if (bash !== undefined) return [textOf(bash)];
  if (tool === undefined) return [];
  const command = tool === 'bash' && isJsonObject(input) ? input['command'] : undefined;
  return [typeof command === 'string' ? command : `${textOf(tool)} ${JSON.stringify(input ?? {})}`];
}

function listOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

import { isAbsolute, join, relative, resolve } from 'node:path';
import { hostname } from 'node:os';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { openCrewPool } from '../agents/choose-crew.ts';
import { openAgents } from '../agents/open-agents.ts';
import { userTemplates } from '../config/template-folders.ts';
import { userAgentDirs } from '../config/user-agent-dirs.ts';
import type { OrchestrateInput } from '../contracts/orchestrate-input.ts';
import { agentDirsFor } from '../definition/agent-dirs.ts';
import { loadPlan } from '../definition/load-plan.ts';
import type { FormatOptions } from '../definition/formats/open-definition.ts';
import { findWorkflowIn } from '../definition/nested/find-workflow.ts';
import { openDefinition } from '../definition/formats/open-definition.ts';
import { workstreamFiles } from '../definition/formats/workstream-folder.ts';
import { isFolder } from '../definition/source/is-folder.ts';
import { nearestHint } from '../domain/nearest.ts';
import { findTemplate, templateNames } from '../definition/templates/find-template.ts';
import { shippedTemplates } from '../definition/templates/shipped-templates.ts';
import { parseRunInput } from '../definition/run-input.ts';
import type { JsonObject, JsonValue } from '../domain/json.ts';
import type { Plan } from '../domain/plan/plan.ts';
import { foldersOn } from '../domain/plan/workspace.ts';
import { builtInList, type ToolTraits } from '../domain/tool-names.ts';
import { outputSchemaProblem } from '../models/check-output.ts';
import { openMcpServers } from '../definition/mcp/mcp-sources.ts';
import { checkServers } from '../config/trusted-servers.ts';
import { checkScripts } from '../config/trusted-scripts.ts';
import { providersOf } from './models.ts';
import type { WorkerSettings } from './settings.ts';
import { folderProblem } from './work-folders.ts';

/**
 * The plan behind a run's input: checked here, as `temporal workflow start` lets everything through.
 *
 * @throws Error whose message lists everything that is wrong
 */
export async function toPlan(settings: WorkerSettings, raw: OrchestrateInput): Promise<Plan> {
  const plan = read(settings, raw);
  // Whoever reaches Temporal says where: that is not the word of whoever started this worker.
  for (const folder of foldersOn(settings.host ?? hostname(), plan)) {
    const problem = folderProblem(settings.folders, folder);
    if (problem !== null) throw new Error(`workspace: ${problem}`);
  }
  return plan;
}

function read(settings: WorkerSettings, raw: OrchestrateInput): Plan {
  const input = parseRunInput(raw);
  const templates = [userTemplates(), shippedTemplates()];
  const how = { format: input.format, templates, bounds: settings.definitions };
  const written = input.definition && workspaceOf(input.definition as JsonObject, how);
  const workspace = toWorkspace(settings, input.workspace ?? (typeof written === 'string' ? written : undefined));
  if (input.crew) return toCrewPlan(settings, input.crew, (input.limits ?? {}) as JsonObject, workspace);
  const file = input.workflow === undefined ? null : findWorkflow(settings, input.workflow, templates);
  const dirs = file ? agentDirsOf(settings, file) : settings.agentsDirs;
  const source = file
    ? ({ kind: 'file', file } as const)
    : ({ kind: 'object', value: input.definition as JsonObject, name: 'definition' } as const);
  const mcp = openMcpServers({ file, folders: [settings.workspace, workspace] }, knownTools(settings));
  const tools = [...knownTools(settings), ...mcp.tools];
  const { plan } = loadPlan(source, {
    agents: openAgents(dirs, tools),
    crewPool: () => openCrewPool({ folders: [], own: userAgentDirs() }, tools),
    ...{ tools, mcp },
    providers: providersOf(settings.models),
    ...(settings.models.known && { models: settings.models.known }),
    ...(settings.models.tiers && { tiers: settings.models.tiers }),
    inputs: (input.inputs ?? {}) as Record<string, JsonValue>,
    ...(input.limits ? { limits: input.limits as JsonObject } : {}),
    ...(input.workspace === undefined && file ? {} : { workspace }),
    cwd: settings.workspace,
    checkSchema: outputSchemaProblem,
    looksForFolders: true,
    ...how,
    findWorkflow: findWorkflowIn({
      ...{ cwd: settings.workspace, templates },
      // Whoever reaches Temporal names no file of the machine.
      within: settings.workflowsDirs,
      agentsFor: (path) => openAgents(agentDirsOf(settings, path), tools),
    }),
  });
  checkScripts(plan);
  checkServers(plan);
  return plan;
}

// As `gaffer run` looks: a file's own agents win over those where the worker stands and over those of its user, but not over those that it was given.
function agentDirsOf({ agentsDirs, workspace }: WorkerSettings, file: string): string[] {
  const usual = agentDirsFor('workflow.yaml', workspace);
  const at = agentsDirs.findIndex((folder) => usual.includes(folder));
  const given = at === -1 ? agentsDirs : agentsDirs.slice(0, at);
  return [...new Set([...given, ...agentDirsFor(file, workspace), ...agentsDirs.slice(given.length)])];
}

function knownTools({ tools = [] }: WorkerSettings): ToolTraits[] {
  return [...builtInList, ...tools];
}

// Whoever wrote it may call it otherwise.
function workspaceOf(value: JsonObject, how: FormatOptions): JsonValue | undefined {
  return openDefinition({ kind: 'object', value, name: 'definition' }, how).document.valueAt(['workspace']);
}

function toWorkspace(settings: WorkerSettings, asked: string | undefined): string {
  const workspace = resolve(settings.workspace, asked ?? '.');
  if (!existsSync(workspace) || !statSync(workspace).isDirectory()) {
    throw new Error(`workspace: there is no folder ${workspace} on this worker's host`);
  }
  return realpathSync(workspace);
}

/** A file of the worker's own folders wins over a template of its name. */
function findWorkflow({ workflowsDirs }: WorkerSettings, name: string, templates: readonly string[]): string {
  const ends = ['', '.yaml', '.yml', '.json', '.js', '.mjs'];
  const candidates = [...ends.map((end) => `${name}${end}`), join(name, 'workflow.yaml')];
  for (const folder of workflowsDirs) {
    for (const candidate of candidates) {
      const file = resolve(folder, candidate);
      const inside = relative(folder, file);
      if (isAbsolute(candidate) || inside.startsWith('..') || isAbsolute(inside)) break;
      if (existsSync(file) && (statSync(file).isFile() || hasWorkstreams(file))) return file;
    }
  }
  const template = findTemplate(name, templates);
  if (template) return template.file;
  const hint = nearestHint(name, templateNames(templates));
  const meant = hint === null ? '' : `; ${hint}`;
  if (workflowsDirs.length === 0)
    throw new Error(
      `workflow: there is no template ${name}${meant}; and this worker has no workflows folder: start it with one, or give "definition"`,
    );
  throw new Error(
    `workflow: there is no ${name} below the worker's workflows folders (${workflowsDirs.join(', ')}), and no template of that name${meant}`,
  );
}

function hasWorkstreams(path: string): boolean {
  return isFolder(path) && workstreamFiles(path).length > 0;
}

// A crew of a hand-written workflow: the loader checks its agents and limits on a plan of one task, which is then left out.
function toCrewPlan(
  settings: WorkerSettings,
  crew: { name: string; description: string; agents: string[] },
  limits: JsonObject,
  workspace: string,
): Plan {
  const registry = openAgents(settings.agentsDirs, knownTools(settings));
  const value: JsonObject = {
    name: crew.name,
    description: crew.description,
    phases: [{ name: 'crew', tasks: crew.agents.map((profile) => ({ profile, prompt: profile })) }],
  };
  const source = { kind: 'object', value, name: 'crew' } as const;
  const providers = providersOf(settings.models);
  const { plan } = loadPlan(source, {
    ...{ agents: registry, providers, limits, workspace, cwd: settings.workspace, looksForFolders: true },
    ...(settings.models.known && { models: settings.models.known }),
    ...(settings.models.tiers && { tiers: settings.models.tiers }),
  });
  return { ...plan, phases: [], tasks: [] };
}

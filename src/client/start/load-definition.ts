import { resolve } from 'node:path';
import type { FormatOptions, PlanSource } from '../../definition/formats/open-definition.ts';
import type { OtherInputs } from '../../definition/draft/other-inputs.ts';
import type { Diagnostic } from '../../definition/source/diagnostic.ts';
import { providerNames } from '../../domain/money/model-table.ts';
import type { TierNames } from '../../domain/money/model-tiers.ts';
import type { OwnProvider } from '../../domain/money/own-provider.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { SourceBounds } from '../../domain/source/source-bounds.ts';
import { builtInList, type ToolTraits } from '../../domain/tool-names.ts';
import type { PlanFile } from '../access/believed-files.ts';
import type { FindWorkflow } from '../../definition/formats/open-definition.ts';
import { checkPlaces, namedModules, openTools } from '../crew/own-tools.ts';
import { isFolder } from '../../definition/source/is-folder.ts';
import { agentFoldersOf } from './agent-folders.ts';
import { chosenAgents } from './chosen-agents.ts';

/** A plan with what was doubtful about its definition, and where its agents were looked for. */
export interface LoadedDefinition {
  plan: Plan;
  warnings: Diagnostic[];
  agentsDirs: string[];
  /** The text that it was made of, as it stood in the file; null: it came from none. */
  text: string | null;
  /** Absolute path of the file, also where a template was named; null: it came from none. */
  file: string | null;
  /** Files of the workflows that its tasks name, at any depth. */
  named: readonly PlanFile[];
  /** Absolute paths of the modules with tools of one's own. */
  tools: string[];
  /** Left out where only a whole check tells, as where code builds it of its inputs. */
  otherInputs?: OtherInputs;
}

/** What a definition is completed with. Paths may be relative to `cwd`. */
export interface DefinitionSettings extends Omit<FormatOptions, 'templates' | 'findWorkflow' | 'writtenTo'> {
  cwd: string;
  inputs?: JsonObject;
  /** Wins over the definition's, in the same format. */
  limits?: JsonObject;
  /** What the environment says of models: wins over the definition's, in the same format. */
  models?: JsonObject;
  /** What `auto` chooses from where the definition does not say it. */
  tiers?: TierNames;
  /** Providers of the project file, besides the built-in ones. */
  providers?: readonly Pick<OwnProvider, 'name'>[];
  workspace?: string | undefined;
  /** Folders that no workflow of a task may lie out of; left out: its author's own word counts. */
  within?: readonly string[] | undefined;
  /** Of files in them, whether one may be named; left out: each. */
  mayName?: ((file: string) => boolean) | undefined;
  /** Whether the folders that it names are to be there: not where the work is done elsewhere. */
  looksForFolders: boolean;
  /** Folders with agents, looked into before those beside the file; or names of agents, separated by commas: these alone. */
  agents?: readonly string[] | undefined;
  /** Modules with tools of one's own, none of them where the plan's agents work. */
  tools?: readonly string[] | undefined;
  /** Has a person approve how work is split. */
  approvePlan?: boolean | undefined;
  /** Wins over the definition's. */
  communicationFile?: string | undefined;
}

/**
 * Checks a definition and everything that it names. A file may be named by the name of a template.
 *
 * @throws DefinitionError with everything that is wrong; UsageError when a folder is not there
 */
export async function loadDefinition(named: PlanSource, settings: DefinitionSettings): Promise<LoadedDefinition> {
  const { cwd } = settings;
  const [{ findSource, templateFolders }, { mountPlanStart }, { readMounted }] = await Promise.all([
    import('./named-template.ts'),
    import('../../definition/formats/mount-plan.ts'),
    import('./mounted-workflow.ts'),
  ]);
  const templates = await templateFolders(cwd);
  const { source, isTemplate, warnings } = findSource(named, cwd, templates);
  // A template is somebody else's: it names no files of this machine.
  const mounted = isTemplate || source.kind !== 'file' ? null : mountPlanStart(resolve(cwd, source.file), settings);
  const loaded = mounted
    ? await readMounted(mounted, (file) => {
        const found = { source: { kind: 'file', file }, templates, mountPlans: mounted.agentsDir } as const;
        return loadFound(found, { ...settings, format: undefined });
      })
    : await loadFound({ source, templates, mountPlans: null }, settings);
  return { ...loaded, warnings: [...warnings, ...loaded.warnings] };
}

/** What was named, where it was found. */
interface FoundDefinition {
  source: PlanSource;
  templates: readonly string[];
  /** The folder of agents that comes before all but those named by hand; null: none. */
  mountPlans: string | null;
}

async function loadFound(found: FoundDefinition, settings: DefinitionSettings): Promise<LoadedDefinition> {
  const [{ loadPlan }, { findWorkflowIn }, { outputSchemaProblem }, template] = await parts();
  const { cwd, workspace, within, mayName, agents: _, tools: given, ...rest } = settings;
  const { templates } = found;
  const file = found.source.kind === 'file' ? resolve(cwd, found.source.file) : null;
  const { source, inputs } = await template.builtByCode(found.source, file, settings.inputs ?? {});
  const text = file === null || source.kind === 'object' ? null : await readOnce(file, settings.bounds);
  const whole = wholeSource(source, file, text);
  const modules = namedModules(cwd, given);
  const own = await toolsFor(modules, whole, { ...settings, templates });
  const tools = await withServers(own, file, settings);
  const { agentsDirs, openFor, ...agents } = await agentsFor(found, settings, tools.known);
  const named: PlanFile[] = [];
  const { readSourceText } = await import('../../definition/source/source-text.ts');
  const { plan, warnings, otherInputs } = loadPlan(whole, {
    ...{ ...rest, ...agents, tools: tools.known, mcp: tools.mcp, inputs, templates, cwd },
    ...{ checkSchema: outputSchemaProblem, providers: providersOf(settings) },
    findWorkflow: noting(findWorkflowIn({ cwd, within, mayName, agentsFor: openFor, templates }), named, (file) =>
      readSourceText(file, settings.bounds),
    ),
    ...(workspace === undefined ? {} : { workspace: resolve(cwd, workspace) }),
  });
  // A task may work elsewhere than the run.
  await checkPlaces(modules, [plan.workspace, ...plan.tasks.flatMap(({ workspace }) => workspace?.path ?? [])]);
  // What code builds has used its inputs up.
  const isWritten = source === found.source && otherInputs;
  return { plan, warnings, agentsDirs, text, file, named, tools: modules, ...(isWritten && { otherInputs }) };
}

// As of the file itself: what is asked about is the text that the plan is made of.
function noting(find: FindWorkflow, named: PlanFile[], read: (file: string) => string): FindWorkflow {
  return (word, from) => {
    const found = find(word, from);
    if ('problem' in found) return found;
    const { file } = found.source;
    const text = /\.(?:ya?ml|json)$/i.test(file) && !isFolder(file) ? read(file) : null;
    named.push({ file, text });
    return text === null ? found : { ...found, source: { kind: 'text', text, file } };
  };
}

function parts() {
  return Promise.all([
    import('../../definition/load-plan.ts'),
    import('../../definition/nested/find-workflow.ts'),
    import('../../models/check-output.ts'),
    import('./named-template.ts'),
  ]);
}

// Read once: whoever asks whether it is trusted asks about the text that the plan is made of.
async function readOnce(file: string, bounds: SourceBounds | undefined): Promise<string | null> {
  if (isFolder(file)) return null;
  const [{ isScriptFile, maxScriptBytes }, { readSourceText }] = await Promise.all([
    import('../../definition/source/script-text.ts'),
    import('../../definition/source/source-text.ts'),
  ]);
  return readSourceText(file, isScriptFile(file) ? { bytes: maxScriptBytes } : bounds);
}

// Before its code is run: a module that lies where the definition says that agents work is not loaded.
async function toolsFor(
  modules: readonly string[],
  source: PlanSource,
  how: DefinitionSettings & FormatOptions,
): Promise<ToolTraits[]> {
  if (modules.length === 0) return [...builtInList];
  const [{ openDefinition }, { scriptIn }] = await Promise.all([
    import('../../definition/formats/open-definition.ts'),
    import('../../definition/formats/script.ts'),
  ]);
  const isTold = how.workspace !== undefined || scriptIn(source, how.format) !== null;
  const written = isTold ? how.workspace : openDefinition(source, how).document.valueAt(['workspace']);
  const tools = await openTools(modules, [resolve(how.cwd, typeof written === 'string' ? written : '.')]);
  return [...builtInList, ...tools];
}

async function withServers(
  tools: readonly ToolTraits[],
  file: string | null,
  { cwd, workspace }: Pick<DefinitionSettings, 'cwd' | 'workspace'>,
) {
  const { openMcpServers } = await import('../../definition/mcp/mcp-sources.ts');
  const folders = [cwd, ...(workspace === undefined ? [] : [resolve(cwd, workspace)])];
  const mcp = openMcpServers({ file, folders }, tools);
  return { known: [...tools, ...mcp.tools], mcp };
}

async function agentsFor(
  { source, mountPlans }: FoundDefinition,
  { cwd, agents = [] }: DefinitionSettings,
  tools: readonly ToolTraits[],
) {
  const [{ openAgents }, { openCrewPool }, { userAgentDirs }] = await Promise.all([
    import('../../agents/open-agents.ts'),
    import('../../agents/choose-crew.ts'),
    import('../../config/user-agent-dirs.ts'),
  ]);
  const { folders, names: chosen } = chosenAgents(cwd, agents);
  const given = [...folders, ...(mountPlans === null ? [] : [mountPlans])];
  const foldersFor = await agentFoldersOf({ cwd, given, option: '`agents`' });
  const agentsDirs = foldersFor(source.kind === 'object' ? undefined : source.file);
  const openFor = (file: string) => openAgents(foldersFor(file), tools);
  const crewPool = () => openCrewPool({ folders, own: userAgentDirs() }, tools);
  return { agentsDirs, openFor, agents: openAgents(agentsDirs, tools), crewPool, chosen };
}

function wholeSource(source: PlanSource, file: string | null, text: string | null): PlanSource {
  if (file === null || source.kind === 'object') return source;
  return text === null ? { kind: 'file', file } : { kind: 'text', text, file };
}

function providersOf({ providers = [] }: DefinitionSettings): string[] {
  return [...providerNames, ...providers.map(({ name }) => name)];
}

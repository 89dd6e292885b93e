import { existsSync, statSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import type { JsonValue } from '../../domain/json.ts';
import type { SourceBounds } from '../../domain/source/source-bounds.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { DefinitionError } from '../source/diagnostic.ts';
import { isFolder } from '../source/is-folder.ts';
import { readYaml } from '../source/read-yaml.ts';
import type { SourceDocument, ValuePath } from '../source/source-document.ts';
import { isJsonObject } from '../source/source-document.ts';
import { readSourceFile } from '../source/source-text.ts';
import type { Format } from './format.ts';
import { unknownKeys } from './unknown-keys.ts';

/** What a mount plan starts: a workflow file, with the folder of its agents. Both paths are absolute. */
export interface MountPlanStart {
  /** null: it names none that could be read, which is one of the errors. */
  workflow: string | null;
  /** null: it names none. */
  agentsDir: string | null;
  /** What is wrong or doubtful in the mount plan itself. */
  diagnostics: Diagnostic[];
}

const module = 'orchestrator-multi-context';
const places: readonly ValuePath[] = [['session', 'orchestrator'], ['orchestrator']];
const otherFormats = 'tasks phases workstreams agents task task_description workflowName workflowId'.split(' ');
/** What a mount plan never names: code that would run because of it. */
const workflowEndings = ['.yaml', '.yml', '.json'];

/**
 * A profile as modules with configuration. Only one with the module `orchestrator-multi-context` starts anything,
 * and only where it is the file that somebody runs (see {@link mountPlanStart}): it names files of the machine.
 */
export const mountPlan: Format = {
  name: 'mount-plan',

  fits(value) {
    if (!isJsonObject(value) || otherFormats.some((key) => Object.hasOwn(value, key))) return false;
    const { session, orchestrator, providers, tools } = value;
    const parts = isJsonObject(session) ? [session['orchestrator'], session['context'], orchestrator] : [orchestrator];
    return [providers, tools].some(isModuleList) || parts.some(isModule);
  },

  translate(document) {
    throw new DefinitionError([noWorkflow(document)]);
  },
};

/**
 * What a file starts that is a mount plan with that orchestrator; null: it is none. Its paths are relative to the file.
 *
 * @throws DefinitionError when the file cannot be read
 */
export function mountPlanStart(
  file: string,
  { format, bounds }: { format?: string | undefined; bounds?: SourceBounds | undefined } = {},
): MountPlanStart | null {
  if (format === undefined ? extname(file).toLowerCase() !== '.json' : format !== mountPlan.name) return null;
  if (!existsSync(file) || isFolder(file)) return null;
  const document = readYaml(readSourceFile(file, bounds), extname(file).toLowerCase() === '.json' ? 'json' : 'yaml');
  const orchestrator = startIn(document);
  if (orchestrator === null || (format === undefined && !mountPlan.fits(document.value))) return null;
  const diagnostics = leftOut(document, orchestrator);
  const config = [...orchestrator, 'config'];
  const pathOf = (key: string, problem: (path: string) => string | null): string | null => {
    const path = [...config, key];
    const value = document.valueAt(path);
    if (value === undefined || value === null) return null;
    const found = typeof value === 'string' && value.trim() !== '' ? resolve(dirname(file), value) : null;
    const message = found === null ? `${key} must be a path` : problem(found);
    if (message === null) return found;
    const hint = 'paths are taken from where the mount plan lies';
    diagnostics.push(document.diagnostic(path, { code: 'missing-file', message, hint }));
    return null;
  };
  const workflow = pathOf('workflow_path', workflowProblem);
  const agentsDir = pathOf('mount_plans_dir', folderProblem);
  if ((document.valueAt([...config, 'workflow_path']) ?? null) === null) {
    const message = `the mount plan starts "${module}" and names no workflow`;
    const hint = 'add "workflow_path" to its "config"';
    diagnostics.push(document.diagnostic(orchestrator, { code: 'missing-key', message, hint }));
  }
  return { workflow, agentsDir, diagnostics };
}

/** Where a document names the orchestrator that starts a workflow; null: nowhere. */
function startIn(document: SourceDocument): ValuePath | null {
  if (!isJsonObject(document.value)) return null;
  return places.find((place) => document.valueAt([...place, 'module']) === module) ?? null;
}

function workflowProblem(path: string): string | null {
  if (!existsSync(path)) return `there is no ${path}`;
  if (!statSync(path).isFile()) return `${path} is no file: workflow_path names a workflow file`;
  if (workflowEndings.includes(extname(path).toLowerCase())) return null;
  return `${path} is no workflow file: workflow_path names one that ends in ${workflowEndings.join(', ')}`;
}

function folderProblem(path: string): string | null {
  if (!existsSync(path)) return `there is no ${path}`;
  return isFolder(path) ? null : `${path} is no folder: mount_plans_dir names the one with the mount plans`;
}

function leftOut(document: SourceDocument, orchestrator: ValuePath): Diagnostic[] {
  const found = [
    ...unknownKeys(document, [[]], ['session', 'orchestrator', 'providers', 'tools', 'hooks']),
    ...unknownKeys(document, [['session']], ['orchestrator', 'context']),
    ...unknownKeys(document, [orchestrator], ['module', 'source', 'config']),
    ...unknownKeys(document, [[...orchestrator, 'config']], ['workflow_path', 'mount_plans_dir']),
  ];
  for (const key of ['providers', 'tools', 'hooks']) {
    if (!isModuleList(document.valueAt([key]))) continue;
    const message = `the ${key} of the mount plan that starts are left out: each agent has those of its own mount plan`;
    const what = { code: 'not-used', message, severity: 'warning', on: 'key' } as const;
    found.push(document.diagnostic([key], what));
  }
  return found;
}

function noWorkflow(document: SourceDocument): Diagnostic {
  const orchestrator = startIn(document);
  if (orchestrator !== null) {
    const message = 'a mount plan starts a workflow only where it is itself the file that is run';
    const hint = 'name the workflow file that it starts; its mount plans are a folder of agents';
    return document.diagnostic(orchestrator, { code: 'mount-plan', message, hint });
  }
  if (!mountPlan.fits(document.value)) {
    const message = `this is no mount plan: it has no "session" with "orchestrator", no "providers" and no "tools"`;
    return document.diagnostic([], { code: 'mount-plan', message, hint: 'leave the format out: it is seen' });
  }
  const message = 'this is the mount plan of one agent, and no workflow';
  const hint = `name it as "profile" of a task, with its folder as \`agents\`; one that starts a workflow has "session.orchestrator" with the module "${module}" and "workflow_path"`;
  return document.diagnostic([], { code: 'mount-plan', message, hint });
}

function isModule(value: JsonValue | undefined): boolean {
  return value !== undefined && isJsonObject(value) && Object.hasOwn(value, 'module');
}

function isModuleList(value: JsonValue | undefined): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isModule);
}

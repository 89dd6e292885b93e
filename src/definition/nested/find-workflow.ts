import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import type { AgentRegistry } from '../../agents/registry.ts';
import { quoted } from '../source/diagnostic.ts';
import type { FindWorkflow, FoundWorkflow } from '../formats/open-definition.ts';
import { workstreamFiles } from '../formats/workstream-folder.ts';
import { findTemplate, isTemplateName } from '../templates/find-template.ts';
import { isFolder } from '../source/is-folder.ts';

/** Where workflows of tasks are looked for. */
export interface WorkflowPlaces {
  /** Folder from which a definition without a file names others. */
  cwd: string;
  /** Folders that no file may lie out of, as of whoever starts runs over Temporal; left out: the author's own word counts. */
  within?: readonly string[] | undefined;
  /** Of files in them, whether one may be named, by its real path; left out: each. */
  mayName?: ((file: string) => boolean) | undefined;
  /** The agents that a workflow in that file may name. */
  agentsFor: (file: string) => AgentRegistry;
  /** Folders with templates, asked for the name when there is no such file. */
  templates?: readonly string[];
}

/** Looks for a file beside the one that names it, then for a template of that name. */
export function findWorkflowIn({
  cwd,
  within,
  mayName = () => true,
  agentsFor,
  templates = [],
}: WorkflowPlaces): FindWorkflow {
  return (word, from) => {
    const bases = from.kind === 'object' ? (within ?? [cwd]) : [dirname(resolve(cwd, from.file))];
    const file = bases.map((base) => fileAt(base, word)).find((path) => path !== null);
    if (file === undefined) {
      const template = isTemplateName(word) ? findTemplate(word, templates) : null;
      if (template) return found(template.file, agentsFor);
      return {
        problem: `there is no workflow ${quoted(word)}; looked in ${bases.join(', ')}`,
        hint: 'name a file beside this one: "workflow: review.yaml"',
      };
    }
    const real = realpathSync(file);
    // Templates may be named by anybody, so what lies beside one may be, too.
    const isBelow = (folders: readonly string[]) => !isAbsolute(word) && folders.some((folder) => holds(folder, real));
    const isInside = within === undefined || (isBelow(within) && mayName(real)) || isBelow(templates);
    if (!isInside)
      return {
        problem: `the workflow ${quoted(word)} lies outside of ${within!.join(', ')}`,
        hint: 'name a file below that',
      };
    return found(file, agentsFor);
  };
}

function found(file: string, agentsFor: WorkflowPlaces['agentsFor']): FoundWorkflow {
  return { id: realpathSync(file), source: { kind: 'file', file }, agents: agentsFor(file) };
}

function fileAt(base: string, word: string): string | null {
  const names = [word, `${word}.yaml`, `${word}.yml`, `${word}.json`, `${word}/workflow.yaml`];
  return names.map((name) => resolve(base, name)).find((file) => isDefinition(file)) ?? null;
}

function isDefinition(file: string): boolean {
  if (!existsSync(file)) return false;
  return statSync(file).isFile() || (isFolder(file) && workstreamFiles(file).length > 0);
}

function holds(folder: string, file: string): boolean {
  if (!existsSync(folder)) return false;
  const path = relative(realpathSync(folder), file);
  return path !== '' && !isAbsolute(path) && path.split(/[\\/]/)[0] !== '..';
}

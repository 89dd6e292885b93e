import { existsSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { DefinitionError } from '../source/diagnostic.ts';
import { isFolder } from '../source/is-folder.ts';
import { readYaml } from '../source/read-yaml.ts';
import type { SourceDocument } from '../source/source-document.ts';
import { isJsonObject } from '../source/source-document.ts';
import { readSourceFile } from '../source/source-text.ts';

/** What a mount plan starts: a workflow file, with the folder of its agents; null: it names none. */
export interface MountPlanStart {
  workflow: string;
  agentsDir: string | null;
}

const module = 'orchestrator-multi-context';
const orchestrator = ['session', 'orchestrator'];

/**
 * What a file starts that is a mount plan with that orchestrator; null: it is none. Its paths are relative to the file.
 *
 * @throws DefinitionError when it names a workflow or a folder that is not there
 */
export function mountPlanStart(file: string): MountPlanStart | null {
  if (extname(file).toLowerCase() !== '.json' || !existsSync(file) || isFolder(file)) return null;
  const document = readYaml(readSourceFile(file), 'json');
  if (!isJsonObject(document.value) || document.valueAt([...orchestrator, 'module']) !== module) return null;
  const workflow = pathAt(document, file, 'workflow_path');
  const agentsDir = pathAt(document, file, 'mount_plans_dir');
  if (workflow === null) {
    const message = `the mount plan starts "${module}" and names no workflow`;
    const hint = 'add "workflow_path" to its "config"';
    throw new DefinitionError([document.diagnostic(orchestrator, { code: 'missing-key', message, hint })]);
  }
  return { workflow, agentsDir };
}

function pathAt(document: SourceDocument, file: string, key: string): string | null {
  const path = [...orchestrator, 'config', key];
  const value = document.valueAt(path);
  if (value === undefined || value === null) return null;
  const found = typeof value === 'string' && value.trim() !== '' ? resolve(dirname(file), value) : null;
  if (found !== null && existsSync(found)) return found;
  const message = found === null ? `${key} must be a path` : `there is no ${found}`;
  const hint = 'paths are taken from where the mount plan lies';
  throw new DefinitionError([document.diagnostic(path, { code: 'missing-file', message, hint })]);
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { YamlTree } from '../../../../src/definition/edit/yaml-tree.ts';
import { whyNotEdited } from '../../../../src/definition/edit/apply-edits.ts';
import { DefinitionError } from '../../../../src/definition/source/diagnostic.ts';

const root = process.cwd();

/** Every workflow file of the repository that can be edited: examples, templates, and those that tests run. */
export function workflowFiles(): { file: string; text: string }[] {
  return ['examples', 'templates', 'test', 'agents'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.ya?ml$/.test(name) && !name.includes('node_modules'))
      .map((name) => ({ file: join(folder, name), text: readFileSync(join(root, folder, name), 'utf8') }))
      .filter(isWorkflow),
  );
}

function isWorkflow({ file, text }: { file: string; text: string }): boolean {
  try {
    const tree = new YamlTree(text, file);
    const { value } = tree;
    const hasTasks = typeof value === 'object' && value !== null && ('phases' in value || 'tasks' in value);
    return hasTasks && whyNotEdited({ value, tree }) === null;
  } catch (error) {
    if (error instanceof DefinitionError) return false;
    throw error;
  }
}

import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readFrontMatter, splitFrontMatter } from '../../agents/front-matter.ts';
import type { Guide, Plan } from '../../domain/plan/plan.ts';
import { ownWorkspaces, workspaceOf } from '../../domain/plan/workspace.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { DefinitionError } from '../source/diagnostic.ts';
import { isBelow } from '../source/is-below.ts';
import { isFolder } from '../source/is-folder.ts';
import { readSourceFile } from '../source/source-text.ts';

/** Files for everybody who works in a folder. */
const forAll = ['AGENTS.md', 'CLAUDE.md'];
/** Where assistants look for folders with a `SKILL.md`. */
const skillFolders = ['.claude/skills', '.agents/skills', '.github/skills', 'skills'];
const mostSkills = 30;
const mostEntries = 1000;
const longestName = 64;
const longestDescription = 200;

/**
 * What the folders of a plan's tasks hold for who works in them: names and descriptions, by what tasks say of their folder (`''`: the run's own).
 *
 * Looks on this machine. Nothing outside of a folder is read, through links neither.
 */
export function guidesOf(plan: Pick<Plan, 'workspace' | 'tasks'>): Plan['guides'] {
  const elsewhere = new Set(plan.tasks.flatMap(({ workspace }) => (workspace?.host ? [workspace.path] : [])));
  const own = ownWorkspaces(plan.tasks).filter((path) => !elsewhere.has(path));
  const folders = [['', plan.workspace], ...own.map((path) => [path, workspaceOf(plan, { workspace: { path } }).path])];
  const found = folders.map(([path, folder]) => [path!, guidesIn(folder!)] as const);
  const some = found.filter(([, guides]) => guides.length > 0);
  return some.length > 0 ? Object.fromEntries(some) : undefined;
}

function guidesIn(folder: string): Guide[] {
  if (!isFolder(folder)) return [];
  const root = realpathSync(folder);
  const seen = new Set<string>();
  /** Whether it is a file of this folder that was not met by another name. */
  const isNew = (file: string): boolean => {
    try {
      const real = realpathSync(join(root, file));
      if (!isBelow(real, root) || !statSync(real).isFile()) return false;
      return !seen.has(real) && seen.add(real).has(real);
    } catch {
      return false;
    }
  };
  const skills = skillFolders.flatMap((place) => skillsIn(root, place)).filter(isNew);
  return [
    ...forAll.filter(isNew).map((file) => ({ file })),
    ...skills.slice(0, mostSkills).map((file) => ({ file, ...skillOf(join(root, file)) })),
  ];
}

function skillsIn(root: string, place: string): string[] {
  try {
    const names = readdirSync(join(root, place)).toSorted().slice(0, mostEntries);
    // What its name would make of a line of text, nobody could ask for.
    return names.filter((name) => safeLine(name) === name).map((name) => `${place}/${name}/SKILL.md`);
  } catch {
    return [];
  }
}

/** What a skill says of itself; nothing where it cannot be read. Its `allowed-tools` are not looked at: it gives none. */
function skillOf(file: string): Omit<Guide, 'file'> {
  try {
    const source = readSourceFile(file);
    const { matter } = splitFrontMatter(source);
    const document = matter === null ? null : readFrontMatter(source, matter).document;
    const textAt = (key: string, most: number): string => {
      const value = document?.valueAt([key]);
      return typeof value === 'string' ? shortened(safeLine(value), most) : '';
    };
    const [name, description] = [textAt('name', longestName), textAt('description', longestDescription)];
    return { ...(name !== '' && { name }), ...(description !== '' && { description }) };
  } catch (error) {
    if (error instanceof DefinitionError) return {};
    throw error;
  }
}

function shortened(text: string, most: number): string {
  const letters = Array.from(text);
  return letters.length > most ? `${letters.slice(0, most - 1).join('')}…` : text;
}

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { UsageError } from '../../domain/errors.ts';
import { safeLine } from '../../domain/safe-text.ts';
import type { AddedRecord } from '../../definition/templates/added-template.ts';
import { recordName } from '../../definition/templates/added-template.ts';
import { undoneAtExit } from '../../host/exit/undone-at-exit.ts';
import { readCommit, toCommitSource } from './brought-commit.ts';
import { readHere, type Brought } from './brought-files.ts';
import type { BroughtTemplate } from './brought-templates.ts';
import { stageTemplates } from './brought-templates.ts';

/** What somebody decides about before templates are kept. */
export interface Offer {
  brought: Pick<Brought, 'source' | 'commit' | 'leftOut'>;
  templates: BroughtTemplate[];
}

/** A template that is kept from now on. */
export interface AddedTemplate extends AddedRecord {
  id: string;
  /** Absolute path of its file. */
  file: string;
}

/**
 * Brings templates of a file, a folder or a repository's commit into the user's own folder, once `isWanted` says so of all that they hold.
 *
 * Nothing of them runs, neither before nor after that.
 *
 * @returns those that were kept; none: they were not wanted
 * @throws UsageError, DefinitionError when they cannot be taken, naming why
 */
export async function addTemplates(
  source: string,
  { cwd, isWanted }: { cwd: string; isWanted: (offer: Offer) => Promise<boolean> },
): Promise<AddedTemplate[]> {
  const { userTemplates } = await import('../../config/template-folders.ts');
  const brought = await read(source, cwd);
  const home = userTemplates();
  await mkdir(home, { recursive: true, mode: 0o700 });
  // Its name is none that a template can have.
  const staging = mkdtempSync(join(home, '.adding-'));
  const inOrder = undoneAtExit(() => rmSync(staging, { recursive: true, force: true }));
  try {
    const templates = await stageTemplates(brought, staging);
    const taken = templates.find(({ id }) => existsSync(join(home, id)));
    if (taken)
      throw new UsageError(`you have a template ${taken.id} already: remove ${join(home, taken.id)} to add another.`);
    if (!(await isWanted({ brought, templates }))) return [];
    return await keep(templates, { brought, staging, home });
  } finally {
    inOrder();
    await rm(staging, { recursive: true, force: true });
  }
}

async function read(source: string, cwd: string): Promise<Brought> {
  if (source.startsWith('-')) throw new UsageError(`${safeLine(source)} is neither a path nor an address.`);
  const path = resolve(cwd, source);
  if (existsSync(path)) return readHere(path);
  const commit = toCommitSource(source);
  if (commit) return readCommit(commit);
  throw new UsageError(`${safeLine(path)}: there is no such file or folder, and it is no address URL@COMMIT.`);
}

async function keep(
  templates: readonly BroughtTemplate[],
  { brought, staging, home }: { brought: Brought; staging: string; home: string },
): Promise<AddedTemplate[]> {
  const added: AddedTemplate[] = [];
  for (const { id, hash, parts } of templates) {
    const { source, commit } = brought;
    const record = { source, commit, hash, at: new Date().toISOString(), files: parts.map(({ path }) => path) };
    await writeFile(join(staging, id, recordName), `${JSON.stringify(record, null, 2)}\n`, { flag: 'wx', mode: 0o600 });
    await rename(join(staging, id), join(home, id));
    added.push({ ...record, id, file: join(home, id, 'workflow.yaml') });
  }
  return added;
}

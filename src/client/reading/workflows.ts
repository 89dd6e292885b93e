import { relative, sep } from 'node:path';
import { defaultName } from '../../definition/formats/open-definition.ts';
import {
  findTemplate,
  isTemplateName,
  readEntry,
  readTemplate,
  type FoundTemplate,
} from '../../definition/templates/find-template.ts';
import { shippedTemplates } from '../../definition/templates/shipped-templates.ts';
import type { Diagnostic } from '../../definition/source/diagnostic.ts';
import { DefinitionError } from '../../definition/source/diagnostic.ts';
import { isJsonObject } from '../../definition/source/source-document.ts';
import { readSourceText } from '../../definition/source/source-text.ts';
import type { PlanAnalysis } from '../../domain/analysis/plan-analysis.ts';
import { GafferError } from '../../domain/errors.ts';
import type { PastRun, WorkflowHistory } from '../../domain/evaluation/workflow-history.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { isInside, realOf } from '../../host/key-folders.ts';
import { checkAsked } from '../access/caller-bounds.ts';
import type { Session } from '../connection/session.ts';
import { analyse } from './analyse.ts';
import { standInsFor } from './stand-ins.ts';
import { templateHeads, type TemplateHead } from './template-heads.ts';
import { findWorkflowFiles, workflowFileAt, type WorkflowFile } from './workflow-files.ts';

/** Something that can be started by its name: a template, or a workflow file. */
export interface WorkflowEntry {
  /** What a start names as its `file`. */
  id: string;
  kind: 'template' | 'file';
  /** Whose it is: Gaffer's, one that this user added, or the project's. */
  from: 'shipped' | 'added' | 'project';
  /** Where it lies in the service's folder; null: elsewhere. */
  file: string | null;
  /** The name that its runs have. */
  workflow: string;
  description: string;
  category: string | null;
  tags: string[];
  /** Why it cannot be read at all; null: it can. */
  problem: string | null;
}

/** One in a list, with what its newest runs took. */
export type WorkflowLine = WorkflowEntry & { history: Omit<WorkflowHistory, 'workflow'> };

/** One whole. */
export interface WorkflowDetails extends WorkflowEntry {
  /** As it is written. */
  text: string;
  /** Its inputs by name, as they are declared. */
  inputs: JsonObject;
  /** Values that were taken for inputs that have to be given, so that there is a plan. */
  standIns: JsonObject;
  /** What it would do; null: it has mistakes. */
  checked: { plan: Plan; warnings: Diagnostic[]; analysis: PlanAnalysis } | null;
  /** Why it cannot be run; null: it can. */
  refusal: GafferError | null;
}

/** A workflow, where it was found. */
interface Found {
  entry: WorkflowEntry;
  file: string;
  value: JsonValue;
}

/** All that can be started by a name where the session stands, templates first. `isAll`: there may be more files otherwise. */
export async function listWorkflows(session: Session): Promise<{ workflows: WorkflowLine[]; isAll: boolean }> {
  const { found, isAll } = await everyWorkflow(session);
  const names = [...new Set(found.map(({ entry }) => entry.workflow))];
  const histories = new Map((await session.store.runs.workflowHistories(names)).map((each) => [each.workflow, each]));
  const workflows = found.map(({ entry }) => {
    const { workflow: _, ...history } = histories.get(entry.workflow)!;
    return { ...entry, history };
  });
  return { workflows, isAll };
}

/** One of them whole, by its id, or by the name of its runs; null: there is none. @throws OutOfBoundsError */
export async function workflowNamed(session: Session, id: string): Promise<WorkflowDetails | null> {
  const found = await findWorkflow(session, id);
  if (!found) return null;
  const { entry, file, value } = found;
  const declared = isJsonObject(value) ? value['inputs'] : undefined;
  const inputs = isJsonObject(declared) ? declared : {};
  const standIns = standInsFor(inputs);
  const whole = { ...entry, text: readSourceText(file), inputs, standIns };
  try {
    const checked = await analyse(session, { file: entry.id, inputs: standIns });
    return { ...whole, checked, refusal: null };
  } catch (refusal) {
    if (!(refusal instanceof GafferError)) throw refusal;
    return { ...whole, checked: null, refusal };
  }
}

/** What its newest runs took, and they themselves, newest first; null: there is no such workflow. */
export async function historyOfWorkflow(
  session: Session,
  id: string,
  limit: number,
): Promise<(WorkflowHistory & { past: PastRun[] }) | null> {
  const found = await findWorkflow(session, id);
  if (!found) return null;
  const { runs } = session.store;
  const { workflow } = found.entry;
  const [[history], past] = await Promise.all([
    runs.workflowHistories([workflow]),
    runs.runsOfWorkflow({ workflow, limit }),
  ]);
  return { ...history!, past };
}

/** All that there is, without what only a look at one needs. */
async function everyWorkflow(session: Session): Promise<{ found: Omit<Found, 'value'>[]; isAll: boolean }> {
  const [folders, { files, isAll }] = await Promise.all([foldersOfTemplates(session), findWorkflowFiles(session)]);
  const templates = (await templateHeads(folders)).filter((each) => mayName(session, each, folders));
  const known = new Set(templates.map(({ file }) => realOf(file)));
  const others = files.filter(({ file }) => !known.has(realOf(file)));
  return { found: [...templates.map((each) => ofHead(session, each)), ...others.map(ofFile)], isAll };
}

async function findWorkflow(session: Session, id: string): Promise<Found | null> {
  const folders = await foldersOfTemplates(session);
  const template = isTemplateName(id) ? findTemplate(id, folders) : null;
  if (template && mayName(session, template, folders)) {
    try {
      return ofTemplate(session, template);
    } catch (error) {
      // A template whose head is not whole is shown as the file that it is, with its mistakes.
      if (!(error instanceof DefinitionError)) throw error;
      const file = workflowFileAt(template.file, session);
      return file && ofFile(file);
    }
  }
  if (session.bounds && /[\\/.]/.test(id)) checkAsked(session.bounds, session.cwd, { file: id }, folders);
  const file = workflowFileAt(id, session);
  if (file) return ofFile(file);
  // The word of a run, whose file may be called otherwise.
  const { found } = await everyWorkflow(session);
  const named = found.find(({ entry }) => entry.workflow === id);
  if (!named) return null;
  const whole = workflowFileAt(named.file, session);
  // It may be another one by now.
  return whole && { ...named, value: whole.value };
}

async function foldersOfTemplates({ cwd }: Session): Promise<string[]> {
  return (await import('../start/named-template.ts')).templateFolders(cwd);
}

// What lies in a project's folder of templates may be a link to elsewhere.
function mayName({ bounds, cwd }: Session, { id }: FoundTemplate, folders: readonly string[]): boolean {
  if (!bounds) return true;
  try {
    checkAsked(bounds, cwd, { file: id }, folders);
    return true;
  } catch (error) {
    if (error instanceof GafferError) return false;
    throw error;
  }
}

function ofTemplate(session: Session, found: FoundTemplate): Found {
  const document = readTemplate(found);
  const { value } = document;
  const name = isJsonObject(value) ? (value['name'] ?? null) : null;
  return { ...ofHead(session, { ...found, entry: readEntry(found, document), name }), value };
}

function ofHead({ cwd }: Session, { entry: head, file: path, name: called }: TemplateHead): Omit<Found, 'value'> {
  const { name: _, estimatedDuration: __, complexity: ___, ...entry } = head;
  const from = isBelow(path, shippedTemplates()) ? 'shipped' : isBelow(path, cwd) ? 'project' : 'added';
  const file = from === 'project' ? relative(cwd, path).split(sep).join('/') : null;
  const workflow = workflowIn({ name: called }, path);
  return { entry: { ...entry, kind: 'template', from, file, workflow, problem: null }, file: path };
}

function ofFile({ id, file, value, problem }: WorkflowFile): Found {
  const { description, template } = isJsonObject(value) ? value : {};
  const { category, tags } = template !== undefined && isJsonObject(template) ? template : {};
  const entry: WorkflowEntry = {
    ...{ id, kind: 'file', from: 'project', file: id, workflow: workflowIn(value, file), problem },
    description: typeof description === 'string' ? description : '',
    category: typeof category === 'string' ? category : null,
    tags: Array.isArray(tags) ? tags.filter((each) => typeof each === 'string') : [],
  };
  return { entry, file, value };
}

function workflowIn(value: JsonValue, file: string): string {
  const name = isJsonObject(value) ? value['name'] : undefined;
  return typeof name === 'string' && name !== '' ? name : defaultName({ kind: 'file', file });
}

function isBelow(file: string, folder: string): boolean {
  return isInside(realOf(file), realOf(folder));
}

import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { JsonObject } from '../../domain/json.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { WorkflowWork } from '../../domain/plan/task-work.ts';
import { canUndo } from '../../domain/plan/task-work.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { readInput } from '../build/plan-work.ts';
import { linkedOut } from '../check/check-workspaces.ts';
import type { NestedWorks } from '../build/plan-work.ts';
import { type Draft, type DraftTask, folderIn } from '../draft/draft.ts';
import type { PlanTexts } from '../draft/texts.ts';
import type { OtherInputs } from '../draft/other-inputs.ts';
import type { FindWorkflow, FoundWorkflow, PlanSource } from '../formats/open-definition.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { DefinitionError, quoted } from '../source/diagnostic.ts';
import type { SourceDocument } from '../source/source-document.ts';
import { isJsonObject } from '../source/source-document.ts';
import { hashOfPlan } from './hash-of-plan.ts';

/** How deep workflows may stand in each other, below the one that is started. */
const deepestWorkflow = 3;

/** A definition around others: `id` as in {@link FoundWorkflow}. */
export interface ChainLink {
  id: string;
  name: string;
}

/** A workflow as it is read for a task. */
export interface NestedDefinition {
  source: PlanSource;
  found: FoundWorkflow;
  /** Known values of its inputs, and the names of those that only the run will know. */
  inputs: JsonObject;
  openInputs: string[];
  /** Absolute folder that it is done in. */
  workspace: string;
  chain: readonly ChainLink[];
}

/** A plan with what its file leaves to whoever uses it. */
export interface NestedPlan {
  plan: Plan;
  warnings: Diagnostic[];
  inherits: WorkflowWork['inherits'];
  /** Left out where only a whole check tells. */
  otherInputs?: OtherInputs;
}

/** What nested workflows are read with. */
export interface NestContext {
  source: PlanSource;
  chain: readonly ChainLink[];
  workspace: string;
  /** Whether folders are looked for on this machine. */
  looksForFolders: boolean;
  find?: FindWorkflow | undefined;
  /** @throws DefinitionError with everything that is wrong with it */
  load: (nested: NestedDefinition) => NestedPlan;
}

/** The plans of workflows that are tasks, by their hash, which task is which, and everything that is wrong with them. */
export interface NestedPlans {
  works: NestedWorks;
  plans: Record<string, Plan>;
  diagnostics: Diagnostic[];
}

/** Reads every workflow that a task of a definition names, and those that they name. */
export function loadNested(
  document: SourceDocument,
  { draft, texts }: { draft: Draft; texts: PlanTexts },
  context: NestContext,
): NestedPlans {
  const works = new Map<string, WorkflowWork>();
  const plans: Record<string, Plan> = {};
  const diagnostics: Diagnostic[] = [];
  const known = new Map<string, NestedPlan | null>();
  for (const task of draft.tasks) {
    const word = task.keys['workflow'];
    if (task.work !== 'workflow' || typeof word !== 'string' || word.trim() === '') continue;
    const nested = toDefinition(document, { task, word }, texts, context);
    if ('problem' in nested) {
      diagnostics.push(nested.problem);
      continue;
    }
    // Many tasks may be the same workflow, with the same values.
    const { found, inputs, openInputs, workspace } = nested;
    const key = JSON.stringify([found.id, inputs, openInputs, workspace]);
    if (!known.has(key)) known.set(key, tryToLoad(nested, context, diagnostics));
    const loaded = known.get(key);
    if (!loaded) continue;
    const { plan, inherits } = loaded;
    if (plan.tasks.some(({ script }) => script)) {
      diagnostics.push(refuseScript(document, task, word));
      continue;
    }
    const folder = relative(workspace, plan.workspace);
    const real = context.looksForFolders ? linkedOut(workspace, plan.workspace) : null;
    diagnostics.push(...checkFolders(document, task, { plan, folder, real }));
    const hash = hashOfPlan(plan);
    plans[hash] = plan;
    works.set(JSON.stringify(task.path), {
      ...{ kind: 'workflow', plan: hash, name: word, inherits },
      folder: folder.split(sep).join('/'),
      canUndo: plan.tasks.some(canUndo),
    });
  }
  return { works, plans, diagnostics };
}

// It is trusted by itself, before it runs.
function refuseScript(document: SourceDocument, { path }: DraftTask, word: string): Diagnostic {
  const message = `${quoted(word)} is a script, and a task can only be a workflow file`;
  const hint = 'run the script by itself, or write its tasks here';
  return document.diagnostic([...path, 'workflow'], { code: 'bad-value', message, hint });
}

function tryToLoad(nested: NestedDefinition, context: NestContext, diagnostics: Diagnostic[]): NestedPlan | null {
  const told = new Set(diagnostics.map((each) => JSON.stringify(each)));
  const tell = (found: readonly Diagnostic[]): void =>
    void diagnostics.push(...found.filter((each) => !told.has(JSON.stringify(each))));
  try {
    const loaded = context.load(nested);
    tell(loaded.warnings);
    return loaded;
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    tell(error.diagnostics);
    return null;
  }
}

function toDefinition(
  document: SourceDocument,
  { task, word }: { task: DraftTask; word: string },
  texts: PlanTexts,
  context: NestContext,
): NestedDefinition | { problem: Diagnostic } {
  const path = [...task.path, 'workflow'];
  const found = context.find?.(word, context.source) ?? {
    problem: 'a workflow that is a task stands in a file, and there is none here to look beside',
    hint: null,
  };
  if ('problem' in found) {
    const { problem: message, hint } = found;
    return { problem: document.diagnostic(path, { code: 'unknown-workflow', message, hint }) };
  }
  const chain = [...context.chain, { id: found.id, name: word }];
  const names = chain.map(({ name }) => name).join(' → ');
  if (context.chain.some(({ id }) => id === found.id)) {
    const message = `workflows that are tasks of each other never end: ${names}`;
    return { problem: document.diagnostic(path, { code: 'workflow-ring', message, hint: 'leave one of them out' }) };
  }
  if (chain.length > deepestWorkflow + 1) {
    const message = `workflows may stand ${deepestWorkflow} deep in each other, not deeper: ${names}`;
    return {
      problem: document.diagnostic(path, { code: 'too-deep', message, hint: 'write the tasks of the last one here' }),
    };
  }
  const { inputs, openInputs } = givenInputs(task, texts);
  const own = task.keys['workspace'];
  const workspace = resolve(context.workspace, folderIn(own) ?? '.');
  return { source: found.source, found, inputs, openInputs, workspace, chain };
}

function givenInputs({ path, keys }: DraftTask, texts: PlanTexts): { inputs: JsonObject; openInputs: string[] } {
  const given = keys['inputs'];
  if (!isJsonObject(given)) return { inputs: {}, openInputs: [] };
  const { input, holes } = readInput(given, [...path, 'inputs'], texts);
  const openInputs = [...new Set(holes.map((hole) => String(hole.path[0])))];
  return {
    inputs: Object.fromEntries(Object.entries(input).filter(([name]) => !openInputs.includes(name))),
    openInputs,
  };
}

// It gets no more than the run around it has.
function checkFolders(
  document: SourceDocument,
  task: DraftTask,
  { plan, folder, real }: { plan: Plan; folder: string; real: string | null },
): Diagnostic[] {
  const leadsOut = (path: string): boolean => isAbsolute(path) || path.split(/[\\/]/)[0] === '..';
  const others = plan.tasks.flatMap(({ workspace }) => workspace?.path ?? []);
  const outside = [folder, ...others].find(leadsOut);
  if (outside === undefined && real !== null) {
    const message = `the workflow works in ${quoted(folder)}, which leads out of the workspace of the task by a link`;
    const hint = `give the task the folder itself as its workspace: ${safeLine(real)}`;
    return [document.diagnostic([...task.path, 'workflow'], { code: 'bad-value', message, hint })];
  }
  if (outside === undefined) return [];
  const message = `the workflow works in ${quoted(outside)}, which lies outside of the workspace of the task`;
  const hint = 'give the task a workspace that holds it, or leave "workspace" out there';
  return [document.diagnostic([...task.path, 'workflow'], { code: 'bad-value', message, hint })];
}

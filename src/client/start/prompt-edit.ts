import { type KnownNames, nameIndex, type ReadExpression, readSite } from '../../definition/draft/read-expressions.ts';
import { scopeNames } from '../../definition/draft/expression-sites.ts';
import { inlineDocument } from '../../definition/source/inline-document.ts';
import { nearestHint } from '../../domain/nearest.ts';
import { withDescendants } from '../../domain/plan/descendants.ts';
import {
  evaluateExpression,
  ExpressionError,
  type ExpressionReference,
  Work,
} from '../../domain/expressions/expression.ts';
import type { Plan, PlanTask, Template } from '../../domain/plan/plan.ts';
import { UsageError } from '../../domain/errors.ts';

/**
 * A new prompt of a task, its expressions checked as those of a file are.
 *
 * @throws UsageError that names the edit, with what is wrong and the way out
 */
export function readPrompt(plan: Plan, task: PlanTask, text: string): Pick<PlanTask, 'prompt' | 'template'> {
  const edit = `\`set\` prompt.${task.id}`;
  const names = namesOf(plan);
  const work = new Work();
  const path = ['prompt', task.id];
  const roots = task.forEach === null ? scopeNames : [...scopeNames, 'item'];
  const site = { path, value: text, kind: 'template', at: 'before', task: null, phase: null, roots } as const;
  const document = inlineDocument({ prompt: { [task.id]: text } }, edit);
  const { pieces, diagnostics } = readSite(document, site, names, work);
  const [wrong] = diagnostics;
  if (wrong) throw new UsageError(`${edit}: ${wrong.message}${wrong.hint === null ? '' : `; ${wrong.hint}`}`);
  for (const piece of pieces) {
    const problem = typeof piece === 'string' ? null : problemOf(piece, { plan, task, names, work });
    if (problem !== null) throw new UsageError(`${edit}: ${problem}`);
  }
  const template = pieces
    .map((piece) => (typeof piece === 'string' ? piece : { expression: piece.text.expression }))
    .filter((piece) => piece !== '');
  const prompt = template.map((piece) => (typeof piece === 'string' ? piece : `\${{ ${piece.expression} }}`)).join('');
  return { prompt, template: template.some((piece) => typeof piece !== 'string') ? joined(template) : null };
}

function namesOf(plan: Plan): KnownNames {
  const inputs = nameIndex(Object.keys(plan.inputs));
  const hintFor = (word: string): string => nearestHint(word, inputs.names) ?? 'the run has no such input';
  return { inputs: { ...inputs, hintFor }, tasks: nameIndex(plan.tasks.map(({ id }) => id)) };
}

/** Why an expression has no value when the task starts; null: it has one, or only the run can tell. */
function problemOf(
  { parsed: { references }, text }: ReadExpression,
  place: { plan: Plan; task: PlanTask; names: KnownNames; work: Work },
): string | null {
  const early = references.map((reference) => notEnded(reference, place)).find((each) => each !== null);
  if (early !== undefined) return early;
  if (!references.every(({ root }) => root === 'inputs')) return null;
  try {
    evaluateExpression(text.expression, { inputs: place.plan.inputs }, place.work);
    return null;
  } catch (error) {
    if (error instanceof ExpressionError) return error.message;
    throw error;
  }
}

function notEnded(
  { root, member }: ExpressionReference,
  { plan, task, names }: { plan: Plan; task: PlanTask; names: KnownNames },
): string | null {
  if (root !== 'tasks' || member === null) return null;
  const id = names.tasks.find(member);
  const named = plan.tasks.find((each) => each.id === id);
  if (!named) return null;
  // In a loop, what came last time around is there.
  const isLoop = task.phase !== null && named.phase === task.phase && Boolean(plan.phases[task.phase]!.repeat);
  const isOwn = named.id === task.id;
  if (isLoop || (isOwn ? task.repeat !== null : withDescendants(plan, named.id).includes(task.id))) return null;
  return `the result of "${named.id}" may not be there yet: "${task.id}" does not wait for it`;
}

/** Neighbouring texts (of `$${{`) as one, as a file's prompt has them. */
function joined(template: Template): Template {
  const found: Template = [];
  for (const piece of template) {
    const last = found.at(-1);
    if (typeof piece === 'string' && typeof last === 'string') found[found.length - 1] = last + piece;
    else found.push(piece);
  }
  return found;
}

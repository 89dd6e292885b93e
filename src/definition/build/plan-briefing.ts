import type { ContextStrategy, Pass } from '../../domain/context/briefing.ts';
import type { PlanContext } from '../../domain/context/plan-context.ts';
import { parseExpression, toShortName } from '../../domain/expressions/expression.ts';
import type { PlanDependency, PlanTask, Template } from '../../domain/plan/plan.ts';
import type { Draft } from '../draft/draft.ts';
import type { TaskFile } from '../schema/schema-tasks.ts';

/** What is known of the tasks of a draft by now. */
interface Briefed {
  draft: Draft;
  files: readonly TaskFile[];
  graph: { edges: readonly (readonly PlanDependency[])[] };
  /** That of the run; left out: it passes nothing on. */
  context?: PlanContext;
}

/**
 * What a task begins with of others. A dependency says it for itself, else its task, phase or run do; where one of them names a strategy, it is a
 * summary, else nothing but what the prompt names. What the prompt names is there already.
 */
export function toBriefing(
  { draft, files, graph, context }: Briefed,
  index: number,
  template: Template | null,
): Pick<PlanTask, 'dependsOn' | 'strategy'> {
  const [file, edges] = [files[index]!, graph.edges[index]!];
  const task = draft.tasks[index]!;
  if (task.work !== null) return { dependsOn: [...edges] };
  const ofPhase = task.phase === null ? {} : draft.phases[task.phase]!.keys;
  const said = file.context_strategy ?? (ofPhase['context_strategy'] as ContextStrategy | undefined);
  const strategy = said ?? (context?.briefing ? context.strategy : undefined) ?? 'isolated';
  const ofRun = context?.briefing?.pass ?? 'none';
  const usual = file.pass ?? (ofPhase['pass'] as Pass | undefined) ?? (said && ofRun === 'none' ? 'summary' : ofRun);
  const named = namedIn(template);
  const dependsOn = edges.map((edge) => {
    const written = task.dependencies.find((each) => each.task === edge.task);
    if (!written) return edge;
    const pass = written.pass ?? (named === null || named.has(toShortName(edge.task)) ? 'none' : usual);
    return pass === 'none' ? edge : { ...edge, pass };
  });
  return { dependsOn, ...(strategy !== 'isolated' && { strategy }) };
}

/** Tasks whose results a prompt names, by their short names; null: perhaps all. */
function namedIn(template: Template | null): Set<string> | null {
  const names = new Set<string>();
  for (const part of template ?? []) {
    if (typeof part === 'string') continue;
    for (const { root, member } of parseExpression(part.expression).references) {
      if (root !== 'tasks') continue;
      if (member === null) return null;
      names.add(toShortName(member));
    }
  }
  return names;
}

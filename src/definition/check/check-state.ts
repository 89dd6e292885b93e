import type { Plan, PlanTask } from '../../domain/plan/plan.ts';
import { stateKeyProblem } from '../../domain/state/state-bounds.ts';
import { builtInTools } from '../../domain/tool-names.ts';
import type { ReadExpression } from '../draft/read-expressions.ts';
import { diagnosticIn } from '../draft/read-expressions.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { quoted } from '../source/diagnostic.ts';
import type { SourceDocument } from '../source/source-document.ts';

const writer = builtInTools.stateSet.name;

/** Says where an expression reads what nothing in the plan can write: it is null there, whatever happens. */
export function stateWarnings(
  document: SourceDocument,
  { agents, communication, tasks }: Pick<Plan, 'agents' | 'communication' | 'tasks'>,
  expressions: readonly ReadExpression[],
): Diagnostic[] {
  const isWritten = Object.values(agents).some(({ tools }) => tools.includes(writer)) || tasks.some(isCall);
  const hint =
    communication === true
      ? `give an agent the tool ${writer}`
      : `agents share nothing here: "communication: true" gives them ${writer}`;
  return expressions.flatMap((read) =>
    read.parsed.references.flatMap(({ root, member, offset }) => {
      if (root !== 'state') return [];
      const what = { offset, code: 'never-written', severity: 'warning' } as const;
      const problem = member === null ? null : stateKeyProblem(member);
      if (problem !== null) {
        const message = `state[${quoted(member!)}] is null: nobody can write such a key`;
        return [diagnosticIn(document, read, { ...what, message, hint: problem })];
      }
      if (isWritten) return [];
      const message = `${member === null ? 'state is empty' : `state.${member} is null`}: no agent of this workflow has ${writer}`;
      return [diagnosticIn(document, read, { ...what, message, hint })];
    }),
  );
}

/** Whether a task writes it by a call of its own, or is undone by one. */
function isCall({ work, compensate }: PlanTask): boolean {
  return [work, compensate].some((each) => each?.kind === 'tool' && each.tool === writer);
}

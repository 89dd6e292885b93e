import type { Plan } from '../../domain/plan/plan.ts';
import { stateKeyProblem } from '../../domain/state/state-bounds.ts';
import { builtInTools } from '../../domain/tool-names.ts';
import type { ReadExpression } from '../draft/read-expressions.ts';
import { diagnosticIn } from '../draft/read-expressions.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { quoted } from '../source/diagnostic.ts';
import type { SourceDocument } from '../source/source-document.ts';

const writer = builtInTools.stateSet.name;

/** Says where an expression reads what no agent of the plan can write: it is null there, whatever happens. */
export function stateWarnings(
  document: SourceDocument,
  { agents, communication }: Pick<Plan, 'agents' | 'communication'>,
  expressions: readonly ReadExpression[],
): Diagnostic[] {
  const isWritten = Object.values(agents).some(({ tools }) => tools.includes(writer));
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
      const message = `state${member === null ? '' : `.${member}`} is null: no agent of this workflow has ${writer}`;
      return [diagnosticIn(document, read, { ...what, message, hint })];
    }),
  );
}

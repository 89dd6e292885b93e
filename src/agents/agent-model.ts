import type { ModelChoice } from '../domain/money/model-table.ts';
import { chooseModel, knownModelNames, resolveModel, splitModelName } from '../domain/money/model-table.ts';
import { planDefaults } from '../domain/plan/plan.ts';
import type { Diagnostic } from '../definition/source/diagnostic.ts';
import { quoted } from '../definition/source/diagnostic.ts';
import { nearest } from '../definition/source/nearest.ts';
import type { SourceDocument, ValuePath } from '../definition/source/source-document.ts';

/** The model for what an agent file says at a path; nothing, or `inherit`, means the default. That the table does not know it is told: a workflow may. */
export function modelOf(
  document: SourceDocument,
  path: ValuePath,
  name: string | null,
  found: Diagnostic[],
): ModelChoice {
  const { model } = planDefaults.agent;
  if (name === null || name === 'inherit') return { model };
  if (name.trim() === '' || name.length > 200) {
    found.push(document.diagnostic(path, { code: 'bad-value', message: 'a model has a name of 1 to 200 characters' }));
    return { model };
  }
  if (!resolveModel(name)) {
    const message = `unknown model ${quoted(name)}`;
    const hint = modelHint(name) ?? `known are, among others: ${knownModelNames.slice(0, 6).join(', ')}`;
    found.push(document.diagnostic(path, { code: 'unknown-model', message, hint, severity: 'warning' }));
  }
  return chooseModel(name);
}

/** The known name that one which nobody knows was probably meant to be; null: none is near. */
export function modelHint(name: string): string | null {
  const { provider, model } = splitModelName(name);
  const near = nearest(model, knownModelNames);
  if (near === null) return null;
  return `did you mean "${provider === null ? near : `${provider}/${near}`}"?`;
}

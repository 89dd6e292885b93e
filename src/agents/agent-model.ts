import type { ModelChoice } from '../domain/money/model-table.ts';
import { knownModelNames, resolveModel, splitModelName } from '../domain/money/model-table.ts';
import { planDefaults } from '../domain/plan/plan.ts';
import type { Diagnostic } from '../definition/source/diagnostic.ts';
import { quoted } from '../definition/source/diagnostic.ts';
import { nearest } from '../definition/source/nearest.ts';
import type { SourceDocument, ValuePath } from '../definition/source/source-document.ts';

/** The model for what an agent file says at a path; nothing, or `inherit`, means the default. An unknown one is reported. */
export function modelOf(
  document: SourceDocument,
  path: ValuePath,
  name: string | null,
  found: Diagnostic[],
): ModelChoice {
  const { model } = planDefaults.agent;
  if (name === null || name === 'inherit') return { model };
  const choice = resolveModel(name);
  if (choice) return choice;
  const { provider, model: asked } = splitModelName(name);
  const near = nearest(asked, knownModelNames);
  const close = near === null || provider === null ? near : `${provider}/${near}`;
  const hint =
    close === null ? `known are, among others: ${knownModelNames.slice(0, 6).join(', ')}` : `did you mean "${close}"?`;
  found.push(document.diagnostic(path, { code: 'unknown-model', message: `unknown model ${quoted(name)}`, hint }));
  return { model };
}

import { knownModelNames, resolveModel } from '../domain/money/model-table.ts';
import { planDefaults } from '../domain/plan/plan.ts';
import type { Diagnostic } from '../definition/source/diagnostic.ts';
import { quoted } from '../definition/source/diagnostic.ts';
import { nearest } from '../definition/source/nearest.ts';
import type { SourceDocument, ValuePath } from '../definition/source/source-document.ts';

/** Full model id for what an agent file says at a path; nothing, or `inherit`, means the default. An unknown one is reported. */
export function modelOf(document: SourceDocument, path: ValuePath, name: string | null, found: Diagnostic[]): string {
  if (name === null || name === 'inherit') return planDefaults.agent.model;
  const id = resolveModel(name);
  if (id !== undefined) return id;
  const close = nearest(name, knownModelNames);
  const hint =
    close === null ? `known are, among others: ${knownModelNames.slice(0, 6).join(', ')}` : `did you mean "${close}"?`;
  found.push(document.diagnostic(path, { code: 'unknown-model', message: `unknown model ${quoted(name)}`, hint }));
  return planDefaults.agent.model;
}

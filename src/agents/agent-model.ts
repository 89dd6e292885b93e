import type { ModelChoice } from '../domain/money/model-table.ts';
import { chooseModel, knownModelNames, resolveModel, splitModelName } from '../domain/money/model-table.ts';
import { autoModel } from '../domain/money/model-tiers.ts';
import { planDefaults } from '../domain/plan/plan.ts';
import type { Diagnostic } from '../definition/source/diagnostic.ts';
import { quoted } from '../definition/source/diagnostic.ts';
import { nearest } from '../domain/nearest.ts';
import type { SourceDocument, ValuePath } from '../definition/source/source-document.ts';

/** The model for what an agent file says at a path; nothing, or `inherit`, means the default, and `auto` stays as it is. That the table does not know it is told: a workflow may. */
export function modelOf(
  document: SourceDocument,
  path: ValuePath,
  name: string | null,
  found: Diagnostic[],
): ModelChoice {
  const { model } = planDefaults.agent;
  if (name === null || /^inherit$/i.test(name.trim())) return { model };
  if (name.trim() === autoModel) return { model: autoModel };
  if (name.trim() === '' || name.length > 200) {
    found.push(document.diagnostic(path, { code: 'bad-value', message: 'a model has a name of 1 to 200 characters' }));
    return { model };
  }
  const known = [name, plainName(name), `claude-${plainName(name)}`]
    .map(resolveModel)
    .find((each) => each !== undefined);
  if (!known) {
    const message = `unknown model ${quoted(name)}`;
    const hint = modelHint(name) ?? `known are, among others: ${knownModelNames.slice(0, 6).join(', ')}`;
    found.push(document.diagnostic(path, { code: 'unknown-model', message, hint, severity: 'warning' }));
  }
  return known ?? chooseModel(name);
}

// `Claude Sonnet 4.5` and `sonnet[1m]`, as people and assistants write them.
function plainName(name: string): string {
  const plain = name.toLowerCase().replace(/\[\w+\]$/, '');
  return plain
    .trim()
    .replace(/[\s_]+/g, '-')
    .replace(/(\d)\.(?=\d)/g, '$1-');
}

/**
 * The alias of the nearest tier to a name that nobody knows, by what it says of itself or by what its vendor sells it as; null: it says nothing.
 */
export function tierOf(name: string): string | null {
  const plain = plainName(name);
  const said = ['opus', 'sonnet', 'haiku', 'fable'].find((tier) => plain.includes(tier));
  if (said !== undefined) return said;
  if (!/(?:^|[^a-z])(?:claude|gpt|chatgpt|codex|o[134]|gemini|grok|deepseek|mistral)(?![a-z])/.test(plain)) return null;
  if (/(?:^|[^a-z])(?:mini|nano|flash|lite|small|fast|instant|tiny)(?![a-z])/.test(plain)) return 'haiku';
  return /(?:^|[^a-z])(?:pro|max|ultra|large|heavy|o[134])(?![a-z])/.test(plain) ? 'opus' : 'sonnet';
}

/** The known name that one which nobody knows was probably meant to be; null: none is near. */
export function modelHint(name: string): string | null {
  const { provider, model } = splitModelName(name);
  const near = nearest(model, knownModelNames);
  if (near === null) return null;
  return `did you mean "${provider === null ? near : `${provider}/${near}`}"?`;
}

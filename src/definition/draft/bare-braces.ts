import type { Diagnostic } from '../source/diagnostic.ts';
import { quoted } from '../source/diagnostic.ts';
import type { SourceDocument } from '../source/source-document.ts';
import type { ExpressionSite } from './expression-sites.ts';
import type { TextExpression } from './expressions.ts';

const bare = /(?<!\$)\{\{\s*([A-Za-z_][\w-]*)((?:[.[][^{}]*)?)\s*\}\}/g;
interface Names {
  inputs: { find(word: string): string | undefined };
  tasks: { find(word: string): string | undefined };
}

const marks = /\{\{/g;

/**
 * Every `{{ x }}` of a text that lacks its `$`: it would reach the agent as it stands.
 *
 * An error where the name has a value there; any other may be meant as it stands (a template of another language), and is warned of.
 */
export function bareBraces(
  document: SourceDocument,
  site: ExpressionSite,
  { pieces, names }: { pieces: readonly (string | TextExpression)[]; names: Names },
): Diagnostic[] {
  const found: Diagnostic[] = [];
  let before = 0;
  for (const piece of pieces) {
    if (typeof piece !== 'string') {
      before += 1 + countMarks(piece.expression);
      continue;
    }
    for (const { 0: written, 1: name, 2: rest, index } of piece.matchAll(bare)) {
      const meant = meantBy(name!, rest!.trim(), site, names);
      const message = `${quoted(written)} is no expression without "$": it would stay as it stands`;
      const literal = `\${{ ${JSON.stringify(written)} }}`;
      const hint =
        meant === null
          ? `an expression is written \${{ ${name}${rest!.trim()} }}; to keep these characters, leave them, or write ${literal}`
          : `write \${{ ${meant} }}, or ${literal} for the characters themselves`;
      const inside = { needle: '{{', nth: before + countMarks(piece.slice(0, index)) };
      const severity = meant === null ? 'warning' : 'error';
      found.push(document.diagnostic(site.path, { code: 'bare-braces', message, hint, severity, inside }));
    }
    before += countMarks(piece);
  }
  return found.slice(0, 20);
}

function meantBy(name: string, rest: string, { roots }: ExpressionSite, { inputs, tasks }: Names): string | null {
  if (roots.includes(name)) return name + rest;
  if (inputs.find(name) !== undefined) return `inputs.${name}${rest}`;
  return roots.includes('tasks') && tasks.find(name) !== undefined ? `tasks.${name}${rest || '.output'}` : null;
}

function countMarks(text: string): number {
  return text.match(marks)?.length ?? 0;
}

import type { JsonObject } from '../../domain/json.ts';
import { longestPrompts } from '../../domain/source/source-bounds.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import type { SourceDocument } from '../source/source-document.ts';
import { resolveInputs } from './inputs.ts';
import type { ReadExpression } from './read-expressions.ts';
import type { PlanTexts } from './texts.ts';

/**
 * What is wrong with other inputs for a definition that was checked with some, and is right but for them.
 *
 * @returns null where that takes the whole check: more may hang on them than what prompts say
 */
export type OtherInputs = (given: JsonObject) => Diagnostic[] | null;

/** Says it of a definition whose texts were read with some. */
export function otherInputs(document: SourceDocument, texts: PlanTexts): OtherInputs {
  const filledIn = texts.expressions.filter(takesInputsAlone);
  const isOfPrompts = filledIn.every(saysOneInput);
  return (given) => {
    if (!isOfPrompts) return null;
    const { values, diagnostics } = resolveInputs(document, given);
    const longest = texts.length + filledIn.length * JSON.stringify(values).length;
    return longest > longestPrompts ? null : diagnostics;
  };
}

// What takes something from the run as well is not looked into before.
function takesInputsAlone({ parsed: { constant, references } }: ReadExpression): boolean {
  return constant === undefined && references.every(({ root }) => root === 'inputs');
}

// Whatever the value is, it can be filled in there.
function saysOneInput({ site, text }: ReadExpression): boolean {
  const isPrompt = site.kind === 'template' && site.path.at(-1) === 'prompt';
  return isPrompt && /^\s*inputs\.\w+\s*$/.test(text.expression);
}

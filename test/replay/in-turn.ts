import type { Rule, ScriptedAnswer } from '../../src/testing/index.ts';

/** Answers like the last one of the list once the others are used up, whatever is asked. */
export function inTurn(...list: ScriptedAnswer[]): Rule {
  let count = 0;
  return { name: 'in turn', when: () => true, answer: () => list[Math.min(count++, list.length - 1)]! };
}

import type { Complexity } from '../complexity.ts';

/** What is known of a piece of work before it is done. */
export interface WorkFacts {
  /** Characters of what is asked, inputs and results of others filled in. */
  promptLength: number;
  /** Whoever does it has a tool that can change files. */
  changesFiles: boolean;
  /** How many tasks it goes on from. */
  dependencies: number;
  /** It splits work into tasks for others. */
  splits: boolean;
}

const [longPrompt, veryLongPrompt] = [2000, 8000];
const manyDependencies = 3;

/** How hard work is that nobody declared, and by what that is seen, in words. */
export function estimateComplexity(facts: WorkFacts): { complexity: Complexity; because: string } {
  const { promptLength, changesFiles, dependencies, splits } = facts;
  const signs: [points: number, sign: string][] = [];
  if (splits) signs.push([3, 'splits work']);
  if (promptLength > veryLongPrompt) signs.push([2, 'a very long prompt']);
  else if (promptLength > longPrompt) signs.push([1, 'a long prompt']);
  if (dependencies >= manyDependencies) signs.push([1, `goes on from ${dependencies} tasks`]);
  if (changesFiles) signs.push([1, 'can change files']);
  const points = signs.reduce((sum, [each]) => sum + each, 0);
  const complexity = points === 0 ? 'simple' : points < 3 ? 'moderate' : 'complex';
  const seen = signs.map(([, sign]) => sign).join(', ') || 'a short prompt, and nothing to change';
  return { complexity, because: `estimated: ${seen}` };
}

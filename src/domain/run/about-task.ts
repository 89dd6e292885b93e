import { parseHelperId } from '../ids/worker-id.ts';
import { toInstance } from '../ids/execution-id.ts';

const longestAbout = 300;

/** How a prompt begins, for whoever looks at its task in Temporal. */
export function aboutPrompt(prompt: string): string {
  return prompt.length > longestAbout ? `${prompt.slice(0, longestAbout).toWellFormed()}…` : prompt;
}

/** The execution of a task in words: `build, item 3, iteration 2`. Items count from 0, as in ids. */
export function executionText(id: string): string {
  if (parseHelperId(id)) return id;
  const { task, item, iteration } = toInstance(id);
  return `${task}${item === null ? '' : `, item ${item}`}${iteration > 1 ? `, iteration ${iteration}` : ''}`;
}

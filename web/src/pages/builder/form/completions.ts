import type { Outline } from '../../../../../src/definition/edit/outline.ts';

/** A name that can stand in an expression, and what it is. */
export interface Completion {
  text: string;
  about: string;
}

/** What is being typed in an expression. */
export interface Typing {
  /** Where it begins in the text. */
  from: number;
  word: string;
}

const mostShown = 8;

/** The names that expressions of a task may use. @param own the task itself, whose result is not there yet */
export function namesFor({ values, tasks }: Outline, own: string | null): Completion[] {
  const inputs = values['inputs'];
  const declared = typeof inputs === 'object' && inputs !== null && !Array.isArray(inputs) ? Object.keys(inputs) : [];
  const item = tasks.some(({ id, values: keys }) => id === own && keys['for_each'] !== undefined);
  return [
    ...declared.map((name) => ({ text: memberOf('inputs', name), about: 'input' })),
    ...(item ? [{ text: 'item', about: 'the item of for_each' }] : []),
    ...tasks
      .filter(({ id }) => id !== own)
      .map(({ id }) => ({ text: `${memberOf('tasks', id)}.output`, about: 'what came out of the task' })),
  ];
}

/** What is being typed right before the caret; null: no name of an expression. @param isBare the whole text is one expression */
export function typingAt(text: string, caret: number, isBare: boolean): Typing | null {
  const before = text.slice(Math.max(0, caret - 300), caret);
  const opened = before.lastIndexOf('${{');
  const isInside = opened !== -1 && !before.slice(opened).includes('}}');
  if (!isInside && !isBare) return null;
  const inside = isInside ? before.slice(opened + 3) : before;
  const word = /[A-Za-z_][\w.-]*$/.exec(inside)?.[0] ?? '';
  if (word === '' && !isInside) return null;
  return { from: caret - word.length, word };
}

/** The names that begin with, or hold, what is typed. */
export function completionsFor(names: readonly Completion[], { word }: Typing): Completion[] {
  const wanted = word.toLowerCase();
  const begins = names.filter(({ text }) => text.toLowerCase().startsWith(wanted));
  const holds = names.filter((each) => !begins.includes(each) && each.text.toLowerCase().includes(wanted));
  return [...begins, ...holds].filter(({ text }) => text !== word).slice(0, mostShown);
}

function memberOf(root: string, name: string): string {
  return /^[A-Za-z_][\w.-]*$/.test(name) ? `${root}.${name}` : `${root}[${JSON.stringify(name)}]`;
}

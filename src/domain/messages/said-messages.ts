/*
 * Messages that an agent says in its answer instead of sending them by a tool:
 *
 *   <AGENT_MESSAGE to="backend-architect">
 *     The frontend needs the user authentication API spec
 *   </AGENT_MESSAGE>
 *
 * T1 One begins a line (at most three spaces before it) and ends one, outside of code fences, comments and what HTML shows as it is written;
 *    quoted lines (`> …`) and words within a line are none.
 * T2 What is not whole and right (no end, nobody named, nothing said, another one inside, too long) stays text.
 *
 * Which of them are quotations is found out by said-quotations.ts.
 */

import { createFences } from './code-fences.ts';
import { createHtmlExamples } from './html-examples.ts';

/** A message in an answer. */
export interface SaidMessage {
  to: string;
  text: string;
}

/** Most messages of one answer; what comes behind stays text. */
const mostSaid = 20;
const longestName = 200;

const opening = /^ {0,3}<AGENT_MESSAGE\s+to\s*=\s*(?:"([^"<>\n]*)"|'([^'<>\n]*)')\s*>/;
const closing = /<\/AGENT_MESSAGE>[ \t]*$/;
const anyTag = /<\/?AGENT_MESSAGE/i;

/** The messages of an answer, in their order (T1, T2); `longest`: of a text, in characters. */
export function saidMessages(answer: string, longest: number): SaidMessage[] {
  const said: SaidMessage[] = [];
  if (!anyTag.test(answer)) return said;
  const lines = answer.split(/\r?\n/);
  const isCode = createFences();
  const isShown = createHtmlExamples();
  for (let at = 0; at < lines.length && said.length < mostSaid; at++) {
    if (isCode(lines[at]!) || isShown(lines[at]!)) continue;
    const end = opening.test(lines[at]!) ? endOf(lines, at) : -1;
    if (end === -1) continue;
    const message = read(lines.slice(at, end + 1).join('\n'), longest);
    if (message === null) continue;
    said.push(message);
    at = end;
  }
  return said;
}

function endOf(lines: readonly string[], from: number): number {
  for (let at = from; at < lines.length; at++) {
    // Another one in it: neither the one nor the other is right, and nobody looks further.
    if (at > from && opening.test(lines[at]!)) return -1;
    if (closing.test(lines[at]!)) return at;
  }
  return -1;
}

function read(block: string, longest: number): SaidMessage | null {
  const begun = opening.exec(block)!;
  const to = (begun[1] ?? begun[2] ?? '').trim();
  const text = block.slice(begun[0].length).replace(closing, '').trim();
  const isRight = to !== '' && to.length <= longestName && text !== '' && text.length <= longest;
  return isRight && !anyTag.test(text) ? { to, text } : null;
}

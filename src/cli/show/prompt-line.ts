import { displayWidth, truncateStart } from '../base/display-width.ts';

/** What somebody is asked and types. */
export interface Prompt {
  /** What can be typed, and what it does. */
  whole: string;
  /** The same for where that has no room. */
  short: string;
  typed: string;
}

/** Of what is typed so much is seen at least. */
const leastTyped = 8;

/** The line at most `columns` wide: what can be typed is never cut at its start, and of what is typed the end is seen. */
export function promptLine({ whole, short, typed }: Prompt, columns: number): string {
  const line = `${whole} › ${typed}`;
  // One column is the cursor's.
  if (displayWidth(line) < columns) return line;
  const head = `${short} › `;
  return head + truncateStart(typed, Math.max(leastTyped, columns - displayWidth(head)));
}

/** The texts of a draft: what it was, what it is, and what was undone. */
export interface TextHistory {
  past: readonly string[];
  now: string;
  future: readonly string[];
  /** When the newest step was taken, and whether it was typed: what is typed in one go is one step. */
  typedAt: number | null;
}

const mostSteps = 200;
const oneGoMs = 1200;

/** A history that begins with a text. */
export function beginHistory(now: string): TextHistory {
  return { past: [], now, future: [], typedAt: null };
}

/** The same with another text. @param typedAt when it was typed, in ms; null: it is an edit, which is a step by itself */
export function withText(history: TextHistory, text: string, typedAt: number | null): TextHistory {
  if (text === history.now) return history;
  const isGoingOn = typedAt !== null && history.typedAt !== null && typedAt - history.typedAt < oneGoMs;
  const past = isGoingOn ? history.past : [...history.past, history.now].slice(-mostSteps);
  return { past, now: text, future: [], typedAt };
}

/** The text before; the same where there is none. */
export function undone({ past, now, future }: TextHistory): TextHistory {
  const before = past.at(-1);
  return {
    past: past.slice(0, -1),
    now: before ?? now,
    future: before === undefined ? future : [now, ...future],
    typedAt: null,
  };
}

/** What was undone last; the same where nothing was. */
export function redone({ past, now, future }: TextHistory): TextHistory {
  const [next, ...rest] = future;
  return { past: next === undefined ? past : [...past, now], now: next ?? now, future: rest, typedAt: null };
}

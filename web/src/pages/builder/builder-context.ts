import { createContext, use } from 'react';
import type { DraftProblem } from '../../../../src/client/drafts/draft-answer.ts';
import type { Edit, EditPlace } from '../../../../src/definition/edit/edit.ts';
import type { Outline } from '../../../../src/definition/edit/outline.ts';
import type { Chosen } from './selection.ts';

/** What all parts of the builder work on. */
export interface Builder {
  outline: Outline;
  chosen: Chosen;
  problems: readonly DraftProblem[];
  /** Why nothing can be edited but the text; null: it can. */
  whyNot: string | null;
  agents: readonly { name: string; description: string }[];
  /** Makes edits; `then`: what is chosen when they are made. Left out: what was chosen. */
  edit: (edits: Edit[], then?: EditPlace) => void;
  choose: (place: EditPlace | null) => void;
  chooseTask: (id: string) => void;
  /** Shows a line of the text. */
  showLine: (line: number) => void;
}

/** See {@link useBuilder}. */
export const BuilderContext = createContext<Builder | null>(null);

/** The draft, what is chosen in it, and what can be done with it. */
export function useBuilder(): Builder {
  return use(BuilderContext)!;
}

/** The problems of a task or a phase. */
export function problemsAt(problems: readonly DraftProblem[], place: EditPlace): DraftProblem[] {
  const key = JSON.stringify(place);
  return problems.filter(({ at }) => at !== null && JSON.stringify(at) === key);
}

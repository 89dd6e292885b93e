import { useCallback, useEffect, useRef, useState } from 'react';
import type { DraftAnswer } from '../../../../../src/client/drafts/draft-answer.ts';
import type { Edit } from '../../../../../src/definition/edit/edit.ts';
import type { Outline } from '../../../../../src/definition/edit/outline.ts';
import { ask } from '../../../api/service.ts';
import { notify } from '../../../shell/notices.tsx';
import { beginHistory, redone, undone, withText, type TextHistory } from './history.ts';

const quietMs = 300;

/** A text that is being edited, with all that the service says of it. */
export interface Draft {
  text: string;
  /** What was answered last: of this text, if `isFresh`. */
  answer: DraftAnswer | null;
  isFresh: boolean;
  /** What the text holds, or, while it cannot be read, what it held when it could. */
  outline: Outline | null;
  /** Why the text could not be checked. */
  error: Error | null;
  isBusy: boolean;
  canUndo: boolean;
  canRedo: boolean;
  type: (text: string) => void;
  /** Makes edits, one call after the other. @returns what came of it; null: it was refused, and said so */
  edit: (edits: Edit[]) => Promise<DraftAnswer | null>;
  undo: () => void;
  redo: () => void;
}

/** Keeps the texts, and asks about each when nobody has typed for a moment. @param file that it is of or will be; null: not known yet */
export function useDraft(first: string, file: string | null): Draft {
  const [history, setHistory] = useState<TextHistory>(() => beginHistory(first));
  const [answer, setAnswer] = useState<DraftAnswer | null>(null);
  const [known, setKnown] = useState<Outline | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [edits, setEdits] = useState(0);
  const now = useRef(first);
  const turn = useRef<Promise<unknown>>(Promise.resolve());
  const text = history.now;
  const isFresh = answer?.text === text;
  now.current = text;

  const take = useCallback((next: DraftAnswer) => {
    setAnswer(next);
    setError(null);
    if (next.outline?.whyNot === null) setKnown(next.outline);
  }, []);
  const change = useCallback((next: (old: TextHistory) => TextHistory) => {
    setHistory((old) => {
      const changed = next(old);
      now.current = changed.now;
      return changed;
    });
  }, []);

  const hasAnswer = answer !== null;
  useEffect(() => {
    if (isFresh) return;
    const control = new AbortController();
    const check = async (): Promise<void> => {
      try {
        take(await askAbout({ text, file, edits: [] }, control.signal));
      } catch (problem) {
        if (!control.signal.aborted) setError(problem as Error);
      }
    };
    const timer = setTimeout(() => void check(), hasAnswer ? quietMs : 0);
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [text, file, isFresh, hasAnswer, take]);

  const edit = (wanted: Edit[]): Promise<DraftAnswer | null> => {
    setEdits((count) => count + 1);
    const done = turn.current.then(async () => {
      try {
        const next = await askAbout({ text: now.current, file, edits: wanted });
        change((old) => withText(old, next.text, null));
        take(next);
        return next;
      } catch (problem) {
        notify({ kind: 'bad', text: (problem as Error).message });
        return null;
      } finally {
        setEdits((count) => count - 1);
      }
    });
    turn.current = done;
    return done;
  };

  return {
    ...{ text, answer, isFresh, error, edit, isBusy: edits > 0 },
    outline: (isFresh && answer?.outline) || known,
    canUndo: history.past.length > 0,
    canRedo: history.future.length > 0,
    type: (typed) => change((old) => withText(old, typed, Date.now())),
    undo: () => change(undone),
    redo: () => change(redone),
  };
}

function askAbout(
  { file, ...draft }: { text: string; file: string | null; edits: Edit[] },
  signal?: AbortSignal,
): Promise<DraftAnswer> {
  const body = { ...draft, ...(file !== null && { file }) };
  return ask<DraftAnswer>('/api/drafts/edit', { method: 'POST', body, signal });
}

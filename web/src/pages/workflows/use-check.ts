import { useEffect, useState } from 'react';
import type { Diagnostic } from '../../../../src/definition/source/diagnostic.ts';
import type { PlanAnalysis } from '../../../../src/domain/analysis/plan-analysis.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { ask } from '../../api/service.ts';

/** What a start would do. */
export interface Checked {
  plan: Plan;
  warnings: readonly Diagnostic[];
  analysis: PlanAnalysis;
}

/** What is known of it: `checked` stays what it was while it is checked anew. */
export interface Check {
  checked: Checked | null;
  error: Error | null;
  isBusy: boolean;
}

/** Long enough for a word to be typed. */
const pauseMs = 450;

/** Checks what would be started, a moment after it changed. @param body null: there is nothing to check yet. @param first what is known of it before */
export function useCheck(body: JsonObject | null, first: Checked | null = null): Check {
  const [check, setCheck] = useState<Check>({ checked: first, error: null, isBusy: false });
  const text = body === null ? null : JSON.stringify(body);
  useEffect(() => {
    if (text === null) {
      setCheck({ checked: null, error: null, isBusy: false });
      return;
    }
    const over = new AbortController();
    setCheck((before) => ({ ...before, isBusy: true }));
    const timer = setTimeout(() => {
      ask<Checked>('/api/plan', { method: 'POST', body: JSON.parse(text), signal: over.signal }).then(
        (checked) => setCheck({ checked, error: null, isBusy: false }),
        (error: unknown) => {
          if (!over.signal.aborted) setCheck((before) => ({ ...before, error: error as Error, isBusy: false }));
        },
      );
    }, pauseMs);
    return () => {
      clearTimeout(timer);
      over.abort();
    };
  }, [text]);
  return check;
}

/** One thing that is wrong, in the service's words. */
export interface Mistake {
  message: string;
  hint: string | null;
  line: number | null;
  column: number | null;
  path: string;
  code: string;
  frame: string | null;
}

/** All that an error says is wrong; nothing where it does not say it piece by piece. */
export function mistakesIn(error: Error | null): readonly Mistake[] {
  const { diagnostics, problem } = (error ?? {}) as {
    diagnostics?: readonly Mistake[];
    problem?: { errors?: readonly WrongField[] };
  };
  return diagnostics ?? (problem?.errors ?? []).map(toMistake);
}

interface WrongField {
  pointer?: string;
  path?: string;
  detail: string;
  hint?: string;
  code?: string;
  line?: number;
  column?: number;
  frame?: string;
}

/** What a problem document says of one field. */
export function toMistake({ pointer = '', path, detail: message, ...rest }: WrongField): Mistake {
  const { hint = null, line = null, column = null, frame = null, code = '' } = rest;
  return { message, hint, line, column, frame, code, path: path ?? pointer.replace(/^\//, '').replaceAll('/', '.') };
}

/** The input that a mistake is about; null: none. */
export function inputOf({ path, code, message }: Mistake): string | null {
  if (!['missing-input', 'bad-input', 'unknown-input'].includes(code)) return null;
  return /^inputs\.([^.[]+)/.exec(path)?.[1] ?? /the input "([^"]+)"/.exec(message)?.[1] ?? null;
}

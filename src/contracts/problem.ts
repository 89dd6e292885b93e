import type { ErrorKind } from '../domain/errors.ts';

/** Something of a request, or of a definition in it, that is wrong. */
export interface WrongField {
  /** JSON Pointer (RFC 6901) into the body or the definition, or the name of a parameter. Left out: it is about all of it. */
  pointer?: string;
  /** Where in a definition, as its messages say it: `phases[0].tasks[1].prompt`. */
  path?: string;
  detail: string;
  /** The way out, where one is known. */
  hint?: string;
  /** What kind of mistake, for programs: `unknown-key`, `missing-input`, … */
  code?: string;
  /** Left out: it is an error. */
  severity?: 'warning';
  /** Where it stands in the text of a definition: `line` and `column` begin at 1. */
  file?: string;
  line?: number;
  column?: number;
  /** The lines around it with a caret below the place. */
  frame?: string;
}

/** A problem document (RFC 9457), with a `code` that programs tell problems apart by: the error's class, such as `run-not-found`. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  kind?: ErrorKind;
  /** What is wrong of what was sent, all at once. */
  errors?: WrongField[];
  /** What the error knows of itself: the run that it is about, and as what Temporal closed the run (`status`) or refused (`code`). */
  about?: { runId?: string; status?: string; code?: string };
}

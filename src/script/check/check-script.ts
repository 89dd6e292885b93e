import type { Program } from 'acorn';
import { parse } from 'acorn';
import type { ScriptMeta, ScriptProblem, ScriptRef } from '../script-host.ts';
import { forbiddenIn } from './forbidden.ts';
import { metaOf } from './meta.ts';
import { problemAt, tooDeep } from './problem.ts';
import { syntaxProblem } from './syntax.ts';

/** What a script tells before it runs. */
export interface CheckedScript {
  meta: ScriptMeta;
  /** Scripts that it names by a text as it stands; others may come by computed names. */
  children: readonly ScriptRef[];
}

const mostCharacters = 524_288;

/** Reads a workflow script without running any of it: what it says of itself, or every reason why it does not start. */
export function checkScript(source: string): CheckedScript | { problems: readonly ScriptProblem[] } {
  if (source.length > mostCharacters) {
    const message = `a script has ${mostCharacters} characters at most, this one has ${source.length}`;
    return { problems: [{ kind: 'size', message, line: 1, column: 1 }] };
  }
  if (source.trim() === '') return { problems: [{ kind: 'empty', message: 'the file is empty', line: 1, column: 1 }] };
  const program = parsed(source);
  if ('kind' in program) return { problems: [program] };
  const { meta, problems: ofMeta } = metaOf(program);
  const { children, problems: ofCode } = forbiddenIn(program);
  const problems = [...ofMeta, ...ofCode].toSorted((one, other) => one.line - other.line || one.column - other.column);
  return meta === null || problems.length > 0 ? { problems } : { meta, children };
}

function parsed(source: string): Program | ScriptProblem {
  try {
    return parse(
      source.replace(/^\uFEFF/, ' ').replace(/^ ?#!/, (mark) => mark.replace('#!', '//')),
      {
        ...{ ecmaVersion: 2025, sourceType: 'module', locations: true },
        ...{ allowReturnOutsideFunction: true, allowAwaitOutsideFunction: true },
      },
    );
  } catch (error) {
    if (error instanceof SyntaxError) return syntaxProblem(error, source);
    if (error instanceof RangeError) return problemAt('syntax', tooDeep, null);
    throw error;
  }
}

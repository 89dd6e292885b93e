import { basename } from 'node:path';
import { checkScript } from '../../script/check/check-script.ts';
import type { ScriptMeta, ScriptProblem } from '../../script/script-host.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { DefinitionError } from '../source/diagnostic.ts';
import { isFolder } from '../source/is-folder.ts';
import { isScriptFile, isScriptText, maxScriptBytes } from '../source/script-text.ts';
import { readSourceFile, SourceText } from '../source/source-text.ts';

/** Name of the format, as the option `format` has it. */
export const scriptFormat = 'script';

/** See `PlanSource`. */
type Source = { kind: 'file'; file: string } | { kind: 'text'; text: string; file: string } | { kind: 'object' };

/** A script that was read and can be run. */
export interface OpenedScript {
  text: SourceText;
  meta: ScriptMeta;
  /** How it names the scripts that it may call, as far as that stands there literally. */
  children: readonly ({ name: string } | { scriptPath: string })[];
}

/**
 * The script that a definition is; null: it is none.
 *
 * @throws DefinitionError when it cannot be read
 */
export function scriptIn(source: Source, format: string | undefined): SourceText | null {
  if (source.kind === 'object' || (format !== undefined && format !== scriptFormat)) return null;
  if (source.kind === 'text') {
    const isOne = format === scriptFormat || isScriptFile(source.file) || isScriptText(source.text);
    return isOne ? new SourceText(source.text, source.file, { bytes: maxScriptBytes }) : null;
  }
  if (isFolder(source.file) || (format === undefined && !isScriptFile(source.file))) return null;
  return readSourceFile(source.file, { bytes: maxScriptBytes });
}

/** Looks at a script before anything starts. @throws DefinitionError with everything that is wrong with it */
export function openScript(text: SourceText): OpenedScript {
  const checked = checkScript(text.text);
  if ('problems' in checked) throw new DefinitionError(checked.problems.map((problem) => toDiagnostic(text, problem)));
  return { text, ...checked };
}

function toDiagnostic(text: SourceText, { kind, message, line, column }: ScriptProblem): Diagnostic {
  const what = { code: `script-${kind}`, message };
  return text.diagnostic(text.offsetOf(line, column), what);
}

/** Why a script is no list of tasks. */
export function notConvertible(text: SourceText): DefinitionError {
  const message = `${basename(text.file)} is a script: what it asks is decided as it runs, so there are no tasks to write down`;
  const hint = 'it runs as it stands: `gaffer run FILE`';
  return new DefinitionError([text.diagnostic(0, { code: 'script', message, hint })]);
}

import { applyEdits } from '../../definition/edit/apply-edits.ts';
import type { Edit } from '../../definition/edit/edit.ts';
import { outlineOf, type Outline } from '../../definition/edit/outline.ts';
import { DefinitionError, type Diagnostic } from '../../definition/source/diagnostic.ts';
import type { PlanAnalysis } from '../../domain/analysis/plan-analysis.ts';
import { GafferError } from '../../domain/errors.ts';
import { isJsonObject } from '../../definition/source/source-document.ts';
import { OutOfBoundsError } from '../access/caller-bounds.ts';
import type { Session } from '../connection/session.ts';
import { analyse } from '../reading/analyse.ts';
import { standInsFor } from '../reading/stand-ins.ts';

/** A text that becomes a workflow file, with what is to be edited in it. */
export interface DraftEdits {
  text: string;
  edits: readonly Edit[];
  /** The file that it is of or will be, from the session's folder: agents and workflows beside it are found. */
  file?: string | undefined;
}

/** A text after its edits, with all that can be said of it. */
export interface EditedDraft {
  text: string;
  /** What it holds; null: it cannot be read as YAML. */
  outline: Outline | null;
  /** What is wrong or doubtful, by the loader that a start goes through; inputs that have to be given are stood in for. */
  problems: readonly Diagnostic[];
  /** What it would do; null: it cannot be run as it is. */
  analysis: PlanAnalysis | null;
}

/** Edits a text and checks what came of it; starts and keeps nothing. @throws EditError; DefinitionError when it cannot be read and there are edits to make */
export async function editDraft(session: Session, { text: before, edits, file }: DraftEdits): Promise<EditedDraft> {
  const name = file ?? 'text';
  const text = applyEdits(before, edits, name);
  const outline = outlineIn(text, name);
  if (outline instanceof DefinitionError) return { text, outline: null, problems: outline.diagnostics, analysis: null };
  const declared = outline.values['inputs'];
  const inputs = standInsFor(isJsonObject(declared) ? declared : {});
  return { text, outline, ...(await checked(session, { text, file, inputs })) };
}

function outlineIn(text: string, name: string): Outline | DefinitionError {
  try {
    return outlineOf(text, name);
  } catch (error) {
    if (error instanceof DefinitionError) return error;
    throw error;
  }
}

async function checked(
  session: Session,
  { text, file, inputs }: Pick<DraftEdits, 'text' | 'file'> & { inputs: ReturnType<typeof standInsFor> },
): Promise<Pick<EditedDraft, 'problems' | 'analysis'>> {
  try {
    const { warnings, analysis } = await analyse(session, { text, inputs }, file);
    return { problems: warnings, analysis };
  } catch (error) {
    return { problems: problemsOf(error), analysis: null };
  }
}

function problemsOf(error: unknown): readonly Diagnostic[] {
  if (error instanceof DefinitionError || error instanceof OutOfBoundsError) return error.diagnostics;
  if (!(error instanceof GafferError) || !['usage', 'needs-person', 'refused'].includes(error.kind)) throw error;
  const place = { file: null, line: null, column: null, path: '', hint: null, frame: null };
  return [{ severity: 'error', code: 'not-runnable', message: error.message, ...place }];
}

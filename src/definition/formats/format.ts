import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import type { SourceDocument } from '../source/source-document.ts';

/** A definition in native terms, with what is to be said of the text that it was taken from. */
export interface NativeDefinition {
  /** Its places are those of that text. */
  document: SourceDocument;
  diagnostics: Diagnostic[];
  /** What is to be done, in words, where a manager has to find those who can do it. Its agents are ours and the user's own, never those of a folder that it lies in. */
  need?: string;
}

/** A workflow that a task is to be. */
export interface UsedWorkflow {
  /** What the native definition names it by. */
  word: string;
  /** Declarations of its inputs, by name. */
  inputs: JsonObject;
}

/** What formats find other files with. */
export interface FormatHelp {
  /** Folders with templates that a definition may name, best first; left out: it can name none. */
  templates?: readonly string[] | undefined;
  /** The workflow or template that `word` means in `file`, or what is wrong with it; left out: none can be named. */
  workflows?: ((word: string, file: string) => UsedWorkflow | NotUsable) | undefined;
}

/** Why a workflow cannot be used, with the mistakes in its own file. */
export interface NotUsable {
  problem: string;
  hint: string | null;
  errors?: readonly Diagnostic[];
}

/** A way to write down what is to be done. What it says is said again in native terms, and checked there: nothing later knows of it. */
export interface Format {
  /** As the option `format` has it. */
  name: string;
  /** Whether a value looks like it. Whatever looks like no other format is a native workflow file. */
  fits(value: JsonValue): boolean;
  /** The same with these agents alone, by name; not there: a definition of this kind names its agents itself. */
  choose?(document: SourceDocument, names: readonly string[]): SourceDocument;
  /**
   * What cannot be read is left as it is, for the checks to tell.
   *
   * @throws DefinitionError when a template that it names cannot be read
   */
  translate(document: SourceDocument, help: FormatHelp): NativeDefinition;
}

import { basename, dirname, extname, relative, resolve, sep } from 'node:path';
import type { AgentRegistry } from '../../agents/registry.ts';
import type { JsonValue } from '../../domain/json.ts';
import type { SourceBounds } from '../../domain/source/source-bounds.ts';
import { DefinitionError, quoted } from '../source/diagnostic.ts';
import { inlineDocument } from '../source/inline-document.ts';
import { isFolder } from '../source/is-folder.ts';
import { nearestHint } from '../../domain/nearest.ts';
import { readYaml } from '../source/read-yaml.ts';
import type { SourceDocument } from '../source/source-document.ts';
import { isJsonObject } from '../source/source-document.ts';
import { readSourceFile, SourceText } from '../source/source-text.ts';
import { description } from './description.ts';
import type { Format, FormatHelp, NativeDefinition, NotUsable, UsedWorkflow } from './format.ts';
import { mountPlan } from './mount-plan.ts';
import { notConvertible, scriptFormat, scriptIn } from './script.ts';
import { taskList } from './task-list.ts';
import { team } from './team.ts';
import type { FolderOptions } from './workstream-folder.ts';
import { readWorkstreamFolder } from './workstream-folder.ts';
import { workstreams } from './workstreams.ts';

/** Where a definition comes from. `file` of a text is what messages call it; `.json` is read as JSON, all else as YAML. */
export type PlanSource =
  | { kind: 'file'; file: string }
  | { kind: 'text'; text: string; file: string }
  | { kind: 'object'; value: JsonValue; name: string };

/** A workflow that a task names. */
export interface FoundWorkflow {
  /** The same for the same workflow, however it is named. */
  id: string;
  source: Extract<PlanSource, { file: string }>;
  /** The agents that it may name. */
  agents: AgentRegistry;
}

/** Why a workflow is not found, in words. */
interface NoWorkflow {
  problem: string;
  hint: string | null;
}

/** Finds the workflow that `word` means in a definition; `from`: where that one comes from. */
export type FindWorkflow = (word: string, from: PlanSource) => FoundWorkflow | NoWorkflow;

/** How a definition is read. */
export interface FormatOptions extends FolderOptions {
  /** Name of its format, wins over how it looks. */
  format?: string | undefined;
  /** Folders with templates that it may name, best first. Default: it can name none. */
  templates?: readonly string[] | undefined;
  /** Finds workflows that are tasks; left out: there can be none. */
  findWorkflow?: FindWorkflow | undefined;
  /** File that the native definition is for: names of files in it are taken from there. Default: the definition's own. */
  writtenTo?: string | undefined;
  /** How large it may be; left out: as what comes from somebody else. */
  bounds?: SourceBounds | undefined;
  /** Names of agents: these alone, of those that it has or could have. */
  chosen?: readonly string[] | undefined;
}

/** Asked in this order whether a value looks like them. */
const formats: readonly Format[] = [taskList, workstreams, team, description, mountPlan];

const native: Format = {
  name: 'native',
  fits: () => true,
  translate: (document) => ({ document, diagnostics: [] }),
};

/** Names that the option `format` takes. */
const formatNames = [...[...formats, native].map(({ name }) => name), scriptFormat];

/**
 * Reads a definition in whichever format, and says it in native terms.
 *
 * @throws DefinitionError when it cannot be read at all, there is no such format, or it is a script, which has no tasks to say
 */
export function openDefinition(source: PlanSource, options: FormatOptions = {}): NativeDefinition {
  const script = scriptIn(source, options.format);
  if (script) throw notConvertible(script);
  const document = openSource(source, options);
  const format = formatOf(document.value, options.format);
  const { chosen = [], templates } = options;
  const help: FormatHelp = { templates, workflows: workflowsOf(source, options) };
  if (chosen.length === 0) return format.translate(document, help);
  if (format.choose) return format.translate(format.choose(document, chosen), help);
  const message = `\`agents\`: there is no folder ${quoted(chosen.join(','))}, and names of agents are for a team or a task: ${document.name} says itself who does what`;
  throw new DefinitionError([
    document.diagnostic([], { code: 'no-choice', message, hint: 'name a folder with agents' }),
  ]);
}

/** Whether a value looks like a format that is not the native one. */
export function isForeign(value: JsonValue): boolean {
  return formatOf(value, undefined) !== native;
}

/** What a value is called where it names nothing itself: the file without its ending. */
export function defaultName(source: PlanSource): string {
  return source.kind === 'object' ? source.name : basename(source.file).replace(/\.(?:ya?ml|json)$/i, '');
}

/** How a format finds a workflow, with its inputs. That one finds none in turn, so that this ends. */
function workflowsOf(source: PlanSource, options: FormatOptions): FormatHelp['workflows'] {
  const { findWorkflow: find, templates, bounds } = options;
  if (!find) return undefined;
  return (word, file): UsedWorkflow | NotUsable => {
    const found = find(word, source.kind === 'object' ? source : { kind: 'file', file });
    if ('problem' in found) return found;
    try {
      if (scriptIn(found.source, undefined)) {
        const problem = `${quoted(word)} is a script, and a workstream can only run as a workflow file`;
        return { problem, hint: 'run the script by itself' };
      }
      const inputs = openDefinition(found.source, { templates, bounds }).document.valueAt(['inputs']);
      return { word: wordFor(found, word, { source, options }), inputs: isJsonObject(inputs) ? inputs : {} };
    } catch (error) {
      if (!(error instanceof DefinitionError)) throw error;
      const problem = `the workflow ${quoted(word)} cannot be read`;
      return { problem, hint: null, errors: error.diagnostics };
    }
  };
}

/** What a definition of `source` names a workflow by that is called `word` in another file. */
function wordFor(
  found: FoundWorkflow,
  word: string,
  { source, options: { cwd = '.', findWorkflow, writtenTo } }: { source: PlanSource; options: FormatOptions },
): string {
  if (source.kind === 'object') return word;
  const file = resolve(cwd, writtenTo ?? source.file);
  const there = findWorkflow!(word, { kind: 'file', file });
  if (!('problem' in there) && there.id === found.id) return word;
  return relative(dirname(file), resolve(cwd, found.source.file)).split(sep).join('/');
}

function formatOf(value: JsonValue, name: string | undefined): Format {
  if (name === undefined) return formats.find((each) => each.fits(value)) ?? native;
  const found = [...formats, native].find((each) => each.name === name);
  if (found) return found;
  const place = { file: null, line: null, column: null, path: '', frame: null };
  const message = `there is no format ${quoted(name)}`;
  const hint = nearestHint(name, formatNames);
  throw new DefinitionError([{ severity: 'error', code: 'unknown-format', message, hint, ...place }]);
}

function openSource(source: PlanSource, options: FormatOptions): SourceDocument {
  const { bounds } = options;
  if (source.kind === 'object') return inlineDocument(source.value, source.name, bounds);
  if (source.kind === 'file' && isFolder(source.file)) return readWorkstreamFolder(source.file, options);
  const text =
    source.kind === 'file' ? readSourceFile(source.file, bounds) : new SourceText(source.text, source.file, bounds);
  const document = readYaml(text, extname(source.file).toLowerCase() === '.json' ? 'json' : 'yaml');
  if (document.value !== null) return document;
  const hint = 'the smallest workflow has "tasks" with one task';
  throw new DefinitionError([
    document.diagnostic([], { code: 'empty-file', message: `${source.file} is empty`, hint }),
  ]);
}

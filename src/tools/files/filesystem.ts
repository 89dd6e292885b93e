import { builtInTools } from '../../domain/tool-names.ts';
import { z } from 'zod';
import type { JsonObject } from '../../domain/json.ts';
import { readCall } from '../../domain/tools/canonical-call.ts';
import { editOnce, writeWhole } from './file-changes.ts';
import { readLines } from './file-read.ts';
import type { FilePlace, WalkLimits } from './file-place.ts';
import { canonicalFile, walkLimits } from './file-place.ts';
import { searchFiles } from './file-search.ts';
import { listFiles } from './file-walk.ts';
import { keepHead } from '../../host/output-limit.ts';
import { createInputFormat, inputProblem, toLine } from '../tool-input.ts';
import type { SlowTool, ToolEffect, ToolOutput } from '../tool.ts';
import { JailError } from '../../host/jail/open-folder.ts';

const description = `Files of the workspace. Paths are relative to it; nothing outside can be reached.
read: path, and optionally offset (first line, from 1) and limit (lines). Text as it stands.
write: path, content: the whole file, with its folders.
edit: path, old_string, new_string: replaces the one place where old_string stands, exactly as read.
list: optionally path (a folder) and pattern (*, ?, **): everything below. node_modules and .git are left out.
search: text, and optionally path, pattern, regex, ignore_case: lines as path:line: text.`;

const maxContent = 1_000_000;

const schema = z.strictObject({
  action: z.enum(['read', 'write', 'edit', 'list', 'search']),
  path: z.string().max(4096).optional(),
  offset: z.int().min(1).optional().describe('read: first line'),
  limit: z.int().min(1).optional().describe('read: number of lines'),
  content: z.string().max(maxContent).optional().describe('write: the whole content'),
  old_string: z.string().min(1).max(maxContent).optional().describe('edit: what stands there now, exactly once'),
  new_string: z.string().max(maxContent).optional().describe('edit: what shall stand there'),
  pattern: z.string().min(1).max(500).optional().describe('list, search: only paths like src/**/*.ts'),
  text: z.string().min(1).max(1000).optional().describe('search: what to look for'),
  regex: z.boolean().optional().describe('search: text is a regular expression'),
  ignore_case: z.boolean().optional(),
});

const format = createInputFormat(schema, {
  read: ['path'],
  write: ['path', 'content'],
  edit: ['path', 'old_string', 'new_string'],
  search: ['text'],
});

type FilesystemInput = z.output<typeof schema>;

const effects: Record<FilesystemInput['action'], ToolEffect> = {
  read: 'pure',
  list: 'pure',
  search: 'pure',
  write: 'idempotent',
  edit: 'once',
};

/** The tool for files: jailed in the workspace of the call (see workspace-jail.ts). */
export function createFilesystemTool(limits: WalkLimits = walkLimits): SlowTool {
  return {
    ...builtInTools.filesystem,
    kind: 'slow',
    definition: { name: 'filesystem', description, input_schema: format.jsonSchema },
    problemOf: (input) => inputProblem(format, input),
    effectOf: (input) => {
      const parsed = format.parse(input);
      return parsed.ok ? effects[parsed.value.action] : 'pure';
    },
    async canonical(input, workspace) {
      const read = readCall('filesystem', input, workspace);
      const parsed = format.parse(input);
      if (!parsed.ok) return read;
      const { action, path = '.' } = parsed.value;
      // What cannot be opened now is judged as it is written, and again when it is opened.
      return canonicalFile({ workspace, action }, path).then(
        (call) => ({ ...call, input: { ...input, ...call.input } }),
        () => read,
      );
    },
    describe: (input: JsonObject) =>
      toLine('filesystem', input['action'], input['path'], input['text'] ?? input['pattern']),
    async run(input, call, signal) {
      const parsed = format.parse(input);
      if (!parsed.ok) return { content: parsed.message, isError: true };
      signal.throwIfAborted();
      try {
        const { workspace, leadsTo, writable, objection } = call;
        const place = { workspace, leadsTo, writable, action: parsed.value.action, objection, limits };
        const content = await act(parsed.value, place, signal);
        return { content: keepHead(content.replaceAll('\0', ''), 'Ask for less.') };
      } catch (error) {
        signal.throwIfAborted();
        return refusalOf(error, parsed.value.action);
      }
    },
  };
}

function refusalOf(error: unknown, action: string): ToolOutput {
  if (error instanceof JailError) return { content: error.message, isError: true };
  const { code, message } = error as NodeJS.ErrnoException;
  // A full or read-only disk is for the model to know, and no reason to end its task.
  if (code !== undefined) return { content: `The file system refused: ${code}.`, isError: true };
  throw new Error(`filesystem ${action} failed: ${message}`, { cause: error });
}

// What each action needs was checked with the input.
async function act(input: FilesystemInput, place: FilePlace, signal: AbortSignal): Promise<string> {
  const { path = '.', pattern } = input;
  switch (input.action) {
    case 'read':
      return readLines(place, path, { offset: input.offset ?? 1, limit: input.limit ?? 2000 }, signal);
    case 'write': {
      const { bytes, isNew } = await writeWhole(place, path, input.content!);
      return `${isNew ? 'Created' : 'Replaced'} ${path} (${bytes} bytes).`;
    }
    case 'edit': {
      const { line } = await editOnce(place, path, input.old_string!, input.new_string!);
      return `Edited ${path} at line ${line}.`;
    }
    case 'list':
      return listFiles(place, path, pattern, signal);
    case 'search': {
      const { regex: isRegex = false, ignore_case: ignoreCase = false } = input;
      return searchFiles(place, { text: input.text!, isRegex, ignoreCase, path, pattern }, signal);
    }
  }
}

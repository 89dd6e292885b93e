import type { Diagnostic } from '../definition/source/diagnostic.ts';
import { quoted } from '../definition/source/diagnostic.ts';
import { nearestHint } from '../domain/nearest.ts';
import type { SourceDocument } from '../definition/source/source-document.ts';
import { builtInTools, type ToolName } from '../domain/tool-names.ts';
import type { AgentFile } from './agent-schema.ts';

/** How an agent file holds its agent back, besides its list of tools. */
export interface Careful {
  /** Whether the tool, or some of its actions, is taken away. */
  takesWhole(tool: ToolName): boolean;
  takenActions(tool: ToolName): readonly string[];
  /** Globs for `match` of what people are asked about first; null in it: every call. */
  asks(tool: ToolName): (string | null)[];
}

type Way = 'free' | 'edits' | 'asks' | 'reads' | 'refuses';

/** What assistants do in a mode: whether they change files, run commands and ask for pages by themselves, after a question, or not at all. */
const ways: Readonly<Record<string, Way>> = {
  ...{ bypassPermissions: 'free', acceptEdits: 'edits' },
  ...{ default: 'asks', manual: 'asks', auto: 'asks' },
  ...{ plan: 'reads', dontAsk: 'refuses' },
} as const;

const words: Readonly<Record<Way, string | null>> = {
  free: "what the workflow's policy says still holds for it",
  edits: 'people are asked before it runs a command or fetches a page',
  asks: 'people are asked before it changes a file, runs a command or fetches a page',
  reads: 'it gets tools that read only',
  refuses: 'nobody is asked, so it gets tools that read files only',
};

const { bash, web, filesystem } = builtInTools;

/** Reads `permissionMode` and `readonly` of a file; what has no meaning is an error, as guessing could give more than it says. */
export function carefulOf(keys: AgentFile, document: SourceDocument, found: Diagnostic[]): Careful {
  const mode = keys.permission_mode ?? null;
  const known = mode === null ? 'free' : Object.hasOwn(ways, mode) ? ways[mode]! : null;
  if (mode !== null && known !== null) {
    const message = `permissionMode ${quoted(mode)}: ${words[known]}`;
    const path = ['permission_mode'];
    found.push(document.diagnostic(path, { code: 'permission-mode', message, severity: 'warning' }));
  }
  if (known === null) {
    const message = `${quoted(mode!)} is no permissionMode that is known here`;
    const hint = nearestHint(mode!, Object.keys(ways));
    found.push(document.diagnostic(['permission_mode'], { code: 'permission-mode', message, hint }));
  }
  const way = keys.readonly === true && known !== 'refuses' ? 'reads' : (known ?? 'reads');
  const isChanging = (tool: ToolName): boolean => tool === bash.name || tool.includes('.');
  return {
    takesWhole: (tool) =>
      (way === 'reads' && (isChanging(tool) || tool === filesystem.name)) ||
      (way === 'refuses' && (isChanging(tool) || tool === filesystem.name || tool === web.name)),
    takenActions: (tool) => (tool === filesystem.name ? ['write', 'edit'] : []),
    asks(tool) {
      if (way !== 'asks' && way !== 'edits') return [];
      if (tool === filesystem.name) return way === 'asks' ? ['write *'] : [];
      return isChanging(tool) || tool === web.name ? [null] : [];
    },
  };
}

import { fenced, shortText } from '../../domain/context/short-form.ts';
import { asText } from '../../domain/conversation/as-text.ts';
import type { KeptMessage } from '../../domain/conversation/conversation.ts';
import { safeLine, safeText } from '../../domain/safe-text.ts';
import { readCall } from '../../domain/tools/canonical-call.ts';

/** Most files that are named. */
const mostFiles = 50;
/** Longest digest, and what it says of one block, in characters. */
const longestDigest = 6000;
const longestBlock = 400;

const changing = new Set(['write', 'edit']);

/** Work that goes to another agent: the words of who hands it over, the files that it changed, and what happened in its task, in short. */
export function handoffText(
  words: string,
  { from, folder, talk }: { from: string; folder: string | null; talk: readonly KeptMessage[] },
): string {
  const files = changedFiles(talk);
  const named = files.slice(0, mostFiles).map(safeLine).join(', ');
  const more = files.length > mostFiles ? `, and ${files.length - mostFiles} more` : '';
  const place = folder === null ? '' : ` (in the folder ${safeLine(folder)})`;
  const digest = talk.map((message) => asText(message, longestBlock)).join('\n\n');
  return [
    words,
    `[Files that ${safeLine(from)} has changed with its file tool${place}: ${files.length === 0 ? 'none' : named + more}]`,
    ...(digest === ''
      ? []
      : [`[What happened in its task, in short:]\n${fenced(safeText(shortText(digest, longestDigest)))}`]),
  ].join('\n\n');
}

/** Paths that calls of the file tool changed, each once, in order; those that came to an error are none. */
function changedFiles(talk: readonly KeptMessage[]): string[] {
  const blocks = talk.flatMap(({ content }) => content);
  const done = new Set(
    blocks.flatMap((block) => (block.type === 'tool_result' && !block.is_error ? block.tool_use_id : [])),
  );
  const paths = blocks.flatMap((block) => {
    if (block.type !== 'tool_use' || !done.has(block.id)) return [];
    const { kind, bodies } = readCall(block.name, block.input, null);
    const [action = '', ...path] = (bodies[0] ?? '').split(' ');
    return kind === 'file' && changing.has(action) ? path.join(' ') : [];
  });
  return [...new Set(paths)];
}

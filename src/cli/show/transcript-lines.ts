import type { KeptBlock, UnfinishedBlock } from '../../domain/conversation/conversation.ts';
import type { TranscriptEntry } from '../../domain/conversation/transcript-entry.ts';
import { formatClock, formatCost } from '../../domain/format.ts';
import { safeLine, safeText } from '../../domain/safe-text.ts';
import type { Colors } from '../base/terminal.ts';

/** A conversation for people: one heading a message, then its texts, tool calls and results. */
export function transcriptLines(entries: readonly TranscriptEntry[], colors: Colors): string[] {
  return entries.flatMap((entry) => [
    heading(entry, colors),
    ...entry.message.content.flatMap((block) => [...blockLines(block, colors), '']),
  ]);
}

function heading({ taskId, turn, at, message, usage, costUsd }: TranscriptEntry, colors: Colors): string {
  const details = [
    safeLine(taskId),
    `turn ${turn}`,
    formatClock(at),
    ...(costUsd === null
      ? []
      : [formatCost(costUsd, usage?.['uncounted'] ? 1 : 0) + (usage?.['estimated'] ? ' (estimated)' : '')]),
  ];
  return `${colors.bold(message.role)} ${colors.dim(details.join(' · '))}`;
}

function blockLines(block: KeptBlock, colors: Colors): string[] {
  switch (block.type) {
    case 'text':
      return indented(block.text);
    case 'thinking':
      return indented(block.thinking).map((line) => colors.dim(line));
    case 'redacted_thinking':
      return [colors.dim('  (thoughts that the provider keeps to itself)')];
    case 'foreign':
      return [colors.dim(`  (${safeLine(block.block.type)}, as the provider sent it)`)];
    case 'pieces':
      return indented(block.text);
    // What it told of stands before it.
    case 'notes':
      return [];
    case 'trimmed':
      return [colors.dim(`  (from here on without ${leftOut(block)}: the conversation became too long)`)];
    case 'unfinished':
      return [colors.dim(`  (${unfinishedText(block)})`)];
    case 'tool_use':
      return [`  ${colors.cyan(`→ ${safeLine(block.name)}`)} ${safeLine(JSON.stringify(block.input))}`];
    case 'tool_result':
      return [block.is_error ? colors.red('  ← error') : colors.cyan('  ← result'), ...indented(block.content)];
  }
}

function leftOut({ results, from }: Extract<KeptBlock, { type: 'trimmed' }>): string {
  const parts = [results > 0 && 'long results of tools before', from !== undefined && 'the oldest turns'];
  return parts.filter((part) => typeof part === 'string').join(' and ');
}

function unfinishedText({ why, limit }: UnfinishedBlock): string {
  if (why === 'empty') return 'no answer';
  return {
    answer: 'cut off at its limit of tokens',
    context: 'cut off: the conversation is too long',
    pause: 'paused',
  }[limit ?? 'answer'];
}

function indented(text: string): string[] {
  return safeText(text)
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`.trimEnd());
}

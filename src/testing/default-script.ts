import type { Script, ScriptedConversation } from './script.ts';

/**
 * What `gaffer run` uses without a key: answers every prompt in one or two turns.
 *
 * An agent with the filesystem tool first lists the workspace; then it ends with a short text that says who answers and what was asked.
 */
export const defaultScript: Script = {
  rules: [
    {
      name: 'looks around first',
      when: (conversation) => conversation.turn === 0 && conversation.tools.includes('filesystem'),
      answer: () => ({
        text: 'I look at the workspace first.',
        tools: [{ name: 'filesystem', input: { action: 'list', path: '.' } }],
      }),
    },
    { name: 'says what was asked', when: () => true, answer: (conversation) => ({ text: closingText(conversation) }) },
  ],
};

function closingText(conversation: ScriptedConversation): string {
  const lines = [
    'This is the scripted model: no real model was asked, nothing was paid. Set ANTHROPIC_API_KEY for real answers.',
    `The task was: ${firstLine(conversation.prompt)}`,
  ];
  const listing = conversation.results.find((result) => result.name === 'filesystem' && !result.isError);
  if (listing) lines.push(`The workspace begins with: ${firstLine(listing.content)}`);
  return lines.join('\n');
}

function firstLine(text: string): string {
  const line = text.trim().split('\n', 1)[0]!.trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line || '(empty)';
}

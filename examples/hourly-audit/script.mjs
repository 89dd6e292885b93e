// What the scripted model answers, so that the example runs without a key: the auditor counts the files that it sees.
const isLook = ({ prompt }) => prompt.startsWith('Look through');

export const script = {
  rules: [
    {
      name: 'look at the files',
      when: (conversation) => isLook(conversation) && conversation.turn === 0,
      answer: () => ({ tools: [{ name: 'filesystem', input: { action: 'list', path: '.' } }] }),
    },
    {
      name: 'say what is left',
      when: isLook,
      answer: ({ lastResults: [listed] }) => ({
        text: JSON.stringify({ findings: (listed?.content ?? '').split('\n').filter((line) => /todo/i.test(line)) }),
      }),
    },
    {
      name: 'compare',
      when: ({ prompt }) => prompt.startsWith('An hour ago'),
      answer: ({ prompt }) => {
        const [before, now] = [...prompt.matchAll(/^\[.*\]$/gm)].map(([list]) => JSON.parse(list));
        const lacking = (one, other) => one.filter((finding) => !other.includes(finding)).join(', ') || 'nothing';
        return { text: `New: ${lacking(now, before)}. Gone: ${lacking(before, now)}.` };
      },
    },
  ],
};

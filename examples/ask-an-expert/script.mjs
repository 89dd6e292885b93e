// What the scripted model answers, so that the example runs without a key. The lead stands still until there is a draft, so nobody
// answers the builder's second question in time.
const uses = (name, input) => ({ tools: [{ name, input }] });

const build = [
  () => uses('ask', { to: 'expert', text: 'In which unit are amounts of orders kept?' }),
  () => uses('ask', { to: 'lead', text: 'Which dates go in?', deadline: '2s', default: 'all of them' }),
  ({ results }) => {
    const [unit, dates] = results.map(({ content }) => content);
    const value = {
      amounts: /cents/.exec(unit)?.[0] ?? 'unknown',
      dates: /for this case: (.*)/.exec(dates)?.[1] ?? dates,
    };
    return uses('state_set', { key: 'draft', value });
  },
  () => ({ text: 'The import is built.' }),
];

export const script = {
  rules: [
    {
      name: 'build',
      when: ({ prompt }) => prompt.startsWith('Build the import'),
      answer: (conversation) => build[conversation.turn](conversation),
    },
    {
      name: 'answer for the data',
      when: ({ prompt }) => prompt.includes('In which unit'),
      answer: () => ({ text: 'In cents, without tax.' }),
    },
    {
      name: 'get to know the data',
      when: ({ prompt }) => prompt.startsWith('Get to know'),
      answer: () => ({ text: 'I know the data now.' }),
    },
    {
      name: 'wait and look',
      when: ({ prompt }) => prompt.startsWith('Wait until'),
      answer: ({ turn, lastResults: [draft] }) =>
        turn === 0 ? uses('state_wait', { key: 'draft' }) : { text: `It can go out: ${draft.content}` },
    },
  ],
};

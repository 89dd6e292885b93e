/*
 * The scripted model of this example: what the agents say, so that it runs without a key. It likes second drafts, and no wasps.
 */
const json = (value) => ({ text: JSON.stringify(value) });
const says = (start) => (c) => c.prompt.startsWith(start);
/** Title and subject, as the writer was told at first. */
const begun = (c) =>
  /Write the part "(.*)" of an article about (.*)\./.exec(
    c.messages.flatMap(({ content }) => content.map(({ text = '' }) => text)).join('\n'),
  );

function score({ prompt }) {
  if (!prompt.includes('so that it is easy to see')) return json({ score: 5, advice: 'Say what one would see.' });
  return json(prompt.includes('wasps') ? { score: 2, advice: 'Nobody wants to read this.' } : { score: 9, advice: '' });
}

/** @type {import('gaffer-crew/testing').Script} */
export const script = {
  rules: [
    { name: 'plan', when: says('Name the parts'), answer: () => json({ parts: ['At home', 'At work'] }) },
    { name: 'draft', when: says('Write the part'), answer: (c) => ({ text: `${begun(c)[2]}, ${begun(c)[1]}.` }) },
    {
      name: 'better draft',
      when: says('Write it again'),
      answer: (c) => ({ text: `${begun(c)[2]}, ${begun(c)[1].toLowerCase()}, so that it is easy to see.` }),
    },
    { name: 'score', when: says('Score this text'), answer: score },
  ],
};

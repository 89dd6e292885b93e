// What the scripted model answers, so that the template `consensus` runs without a key: every third voter is of another opinion than the others.
const optionsOf = (prompt) => [...prompt.matchAll(/«(.*?)»/g)].map(([, option]) => option);

export const script = {
  rules: [
    {
      name: 'vote',
      when: ({ prompt }) => prompt.startsWith('Vote on'),
      answer: ({ prompt }) => {
        const [first, second] = optionsOf(prompt);
        const number = Number(/number (\d+) of/.exec(prompt)?.[1]);
        const choice = number % 3 === 0 ? second : first;
        const vote = { choice, abstained: false, reasons: [`Voter ${number} knows it best.`], fatal: [] };
        return { text: JSON.stringify({ ...vote, confidence: 80, wouldChange: 'what it costs' }) };
      },
    },
    {
      name: 'judge',
      when: ({ prompt }) => prompt.includes('voted on this question'),
      answer: ({ prompt }) => {
        const [decision] = optionsOf(prompt);
        const conflict = { issue: 'what is known best', holders: 'every third voter', kind: 'value' };
        const conflicts = [{ ...conflict, resolved: `Most know ${decision}.` }];
        const minority = 'what fewer know may be better';
        return {
          text: JSON.stringify({ decision, conflicts, reasons: ['Most voted for it.'], minority, confidence: 70 }),
        };
      },
    },
  ],
};

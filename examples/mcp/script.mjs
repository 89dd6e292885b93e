// What the scripted model answers, so that the example runs without a key.
export const script = {
  rules: [
    {
      name: 'keep the note',
      when: ({ turn }) => turn === 0,
      answer: ({ prompt }) => ({
        tools: [{ name: 'notes.add_note', input: { note: /Keep this note: (.*)/.exec(prompt)?.[1] ?? prompt } }],
      }),
    },
    { name: 'say so', when: () => true, answer: () => ({ text: 'The note is kept.' }) },
  ],
};

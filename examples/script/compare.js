export const meta = {
  name: 'compare',
  description: 'Compares options side by side, and names the best',
  whenToUse: 'there are two to ten options, and somebody has to choose',
  phases: [{ title: 'Look', detail: 'one agent for each option' }, { title: 'Choose' }],
};

const schema = {
  type: 'object',
  properties: { option: { type: 'string' }, why: { type: 'string' } },
  required: ['option', 'why'],
};

phase('Look');
const notes = await parallel(
  args.options.map(
    (option) => () => agent(`Name the strengths and the weaknesses of ${option}, three of each.`, { label: option }),
  ),
);
const known = args.options
  .map((option, index) => ({ option, notes: notes[index] }))
  .filter(({ notes }) => notes !== null);
log(`${known.length} of ${args.options.length} options were looked at`);

phase('Choose');
const verdict = await agent(`Which of these is the best, and why?\n${JSON.stringify(known)}`, {
  label: 'verdict',
  schema,
});
return { compared: known.length, ...verdict };

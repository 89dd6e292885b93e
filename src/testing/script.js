/**
 * A rule made of steps: the answer for turn 0, 1, 2 …, picked by `conversation.turn`.
 *
 * It keeps no state, so it goes on right after a restart of the worker or of the scripted model.
 * After the last step the rule no longer applies.
 *
 * @example
 * steps('lister', (c) => c.system.includes('lister'), [
 *   { tools: [{ name: 'filesystem', input: { action: 'list', path: '.' } }] },
 *   (c) => ({ text: `There is: ${c.lastResults[0]?.content}` }),
 * ]);
 */
export function steps(name, when, answers) {
    return {
        name,
        when: (conversation) => conversation.turn < answers.length && when(conversation),
        answer: (conversation) => {
            const step = answers[conversation.turn];
            return typeof step === 'function' ? step(conversation) : step;
        },
    };
}
//# sourceMappingURL=script.js.map
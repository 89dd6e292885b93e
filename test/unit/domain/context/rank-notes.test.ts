import { describe, expect, it } from 'vitest';
import { chooseNotes } from '../../../../src/domain/context/rank-notes.ts';
import { fc } from '../../../support/base/properties.ts';

const notes = [
  { id: 'schema', text: 'The database has tables for users and their sessions.', order: 1 },
  { id: 'logo', text: 'The logo is blue and has a bird in it.', order: 2 },
  { id: 'login', text: 'Users log in with a password; sessions last a day.', order: 3 },
  { id: 'font', text: 'The font is a serif one.', order: 4 },
];

describe('notes of a run', () => {
  it('are chosen by what they have in common with the prompt, and told in the order in which they came', () => {
    const room = notes[0]!.text.length + notes[2]!.text.length + 2;
    expect(chooseNotes(notes, 'Write tests of the login of users.', room).map(({ id }) => id)).toEqual([
      'schema',
      'login',
    ]);
    expect(chooseNotes(notes, 'Draw the bird.', notes[1]!.text.length + 1).map(({ id }) => id)).toEqual(['logo']);
    expect(chooseNotes(notes, 'anything', 10_000)).toEqual(notes);
    // Of those that fit alike the newest.
    expect(chooseNotes(notes, 'zzz', notes[3]!.text.length + 1).map(({ id }) => id)).toEqual(['font']);
  });

  it('are the same choice whoever makes it, within their room', () => {
    const any = fc.array(fc.record({ id: fc.string({ maxLength: 8 }), text: fc.string({ maxLength: 60 }) }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(any, fc.string(), fc.integer({ min: 0, max: 300 }), (found, prompt, most) => {
        const given = found.map((note, order) => ({ ...note, order }));
        const chosen = chooseNotes(given, prompt, most);
        expect(chooseNotes(structuredClone(given), prompt, most)).toEqual(chosen);
        expect(chosen.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThanOrEqual(most);
      }),
    );
  });
});

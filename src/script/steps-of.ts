// About what it takes, seen from above. A timer is set, a schema read member by member.
const stepsACall = 1 / 50;
const stepsATimer = 1 / 25;
const stepsACharacter = 1 / 20_000;
const stepsACharacterOfSchema = 1 / 4000;

/** What a call out of a script costs outside of the interpreter, in steps: without that, calls that throw could be made without end. */
export function stepsOf(what: string, text: string): number {
  const aCharacter = what === 'schema' ? stepsACharacterOfSchema : stepsACharacter;
  return (what === 'timer' ? stepsATimer : stepsACall) + text.length * aCharacter;
}

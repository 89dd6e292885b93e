/* The words of one command in a shell's text, as they are read, and which of the values in them its programs read as code. */
import { isCodeArgument, readsCodeFromFile, readsCodeFromInput } from '../commands/code-arguments.ts';

/** A command that is being read. `Place`: where a value stands. */
export interface Command<Place> {
  /** Whole words so far, without their quotes; those behind `<` and `>` are none. */
  words: string[];
  /** The one that has begun; null: none has. */
  begun: string | null;
  /** What the next word is: an argument, a file, what is fed as code. */
  next: 'argument' | 'file' | 'code';
  /** Values in its here-documents. */
  fed: Place[];
  /** Values among its words. */
  own: Place[];
  /** What it is piped into. */
  into: Command<Place> | null;
}

/** Begins a command, as one more of them. */
export function newCommand<Place>(all: Command<Place>[]): Command<Place> {
  const command: Command<Place> = { words: [], begun: null, next: 'argument', fed: [], own: [], into: null };
  all.push(command);
  return command;
}

/** Goes on with its word, or begins one. */
export function addToWord<Place>(command: Command<Place>, text: string): Command<Place> {
  command.begun = (command.begun ?? '') + text;
  return command;
}

export function endWord(command: Command<unknown>): void {
  if (command.begun === null) return;
  if (command.next === 'argument') command.words.push(command.begun);
  command.next = 'argument';
  command.begun = null;
}

/** @param sign `<` or `>`, with the two characters behind it */
export function redirect(command: Command<unknown>, sign: string): void {
  if (/^\d+$/.test(command.begun ?? '')) command.begun = null;
  endWord(command);
  const isFile = sign.startsWith('<(') && readsCodeFromFile(command.words);
  command.next = isFile || (sign === '<<<' && readsCodeFromInput(command.words)) ? 'code' : 'file';
}

/** Whether a value that stands here is code. */
export function isCodeHere({ words, begun, next }: Command<unknown>): boolean {
  return next === 'code' || (next === 'argument' && isCodeArgument(words, begun ?? ''));
}

/** Its values that somebody is fed as code: of a pipe, only at its end is known who reads what. */
export function fedAsCode<Place>(command: Command<Place>): Place[] {
  const ends = [command];
  for (let each = command.into; each; each = each.into) ends.push(each);
  const areReading = ends.map(({ words, begun }) => readsCodeFromInput(begun === null ? words : [...words, begun]));
  return [...(areReading.includes(true) ? command.fed : []), ...(areReading.includes(true, 1) ? command.own : [])];
}

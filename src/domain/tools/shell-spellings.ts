import { collapse } from './glob.ts';

/** How many signs of a command begin another one, send output elsewhere, or stand for words that are not written there. */
export function countSigns(command: string): number {
  return command.match(/[;&|<>(){}$`\n\r\\]/g)?.length ?? 0;
}

/** The ways to read a command (P1): as a whole, and cut into the commands that a shell may see in it. */
export function spellingsOfCommand(command: string): string[] {
  const joined = command.replace(/\\\r?\n/g, '');
  const bare = joined.replace(/\$(?=['"])/g, '').replace(/['"\\]/g, '');
  const empty = bare.replace(/\$\{[^}]{0,200}\}|\$[\w@*#?!$-]/g, '');
  const found = new Set<string>();
  for (const text of [command, joined, bare, empty]) {
    for (const part of [text, ...text.split(/[;&|\n\r(){}`]+/)]) {
      const line = collapse(part);
      found.add(line);
      found.add(withoutFolders(line));
    }
  }
  found.delete('');
  return [...found];
}

// `/usr/bin/git push` is `git push`.
function withoutFolders(line: string): string {
  return line
    .split(' ')
    .map((word) => word.slice(word.lastIndexOf('/') + 1) || word)
    .join(' ');
}

/** Whether a program of it is one that only the shell will know. */
export function hasUnknownProgram(command: string): boolean {
  const plain = command.replace(/\\\r?\n/g, '');
  return plain
    .split(/[;&|\n\r(){]+/)
    .map((part) => part.trim().replace(/^(?:[A-Za-z_]\w*=\S* +)*/, ''))
    .some((part) => /^[\w'"/\\.-]*[$`]/.test(part) || /^(['"\\]*)(?:eval|source|\.)(['"]*)(?:\s|$)/.test(part));
}

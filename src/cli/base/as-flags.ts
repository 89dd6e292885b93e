import type { Diagnostic } from '../../definition/source/diagnostic.ts';

/** Options of the client as the command line has them. */
const flags: Readonly<Record<string, string>> = {
  ...{
    id: '--id',
    from: '--from',
    set: '--set',
    edit: '--edit',
    script: '--script',
    agents: '--agents',
    requirements: '--requirements',
  },
  ...{ seen: '--seen', workspace: '--workspace', worktree: '--worktree', 'limits.usd': '--max-usd' },
};

/** Text of the client, which names its options in backquotes, with the flags that a command has for them. */
export function asFlags(text: string): string {
  return text.replace(/`(?:inputs\.([\w-]+)|([a-z.]+))`/g, (whole, input: string | undefined, option: string) =>
    input === undefined ? (Object.hasOwn(flags, option) ? flags[option]! : whole) : inputFlag(input),
  );
}

// A feature is what teams and templates ask for, in words that need quotes.
function inputFlag(input: string): string {
  return input === 'feature' ? '--feature "…"' : `--input ${input}=…`;
}

/** The same for what is wrong with a definition; what its author wrote stays as it stands. */
export function withFlags(diagnostic: Diagnostic): Diagnostic {
  const { message, hint } = diagnostic;
  return { ...diagnostic, message: asFlags(message), hint: hint && asFlags(hint) };
}

/** What drives agents through their tasks besides our own loop of turns: programs that are found on the user's machine. */
export const runnerKinds = ['claude', 'codex', 'pi', 'acp', 'command'] as const;

/** One of {@link runnerKinds}. */
export type RunnerKind = (typeof runnerKinds)[number];

/** The program that does an agent's tasks. */
export interface AgentRunner {
  kind: RunnerKind;
  /** Program and arguments, for `acp` and `command`; `{prompt}`, `{prompt_file}` and `{model}` in an argument of a `command` are filled in. */
  command?: string[];
  /** Hosts that it may reach besides the gateway: `api.example.com`, `*.example.com`; not there: none. */
  hosts?: string[];
}

import { builtInList } from '../../../../src/domain/tool-names.ts';

/** What people have to know of a tool before they let an agent use it. */
export interface ToolWords {
  what: string;
  /** Short words: what it changes, where it reaches. */
  marks: readonly string[];
}

const words: Readonly<Record<string, { what: string; marks?: readonly string[] }>> = {
  issue: { what: 'Works on the crew’s issue board' },
  filesystem: { what: 'Reads, searches and changes files of the folder that it works in' },
  bash: { what: 'Runs commands, in a sandbox', marks: ['runs commands', 'not repeated after a crash'] },
  web: { what: 'Fetches pages', marks: ['reaches the network', 'brings in others’ text'] },
  report_blocker: { what: 'Asks a person, and waits' },
  plan_tasks: { what: 'Adds tasks to the run' },
  send_message: { what: 'Writes to other agents of the run', marks: ['brings in others’ text'] },
  ask: { what: 'Asks another agent of the run, and waits', marks: ['brings in others’ text'] },
  inbox: { what: 'Reads what other agents wrote to it', marks: ['brings in others’ text'] },
  state_get: { what: 'Reads what the agents of the run share' },
  state_set: { what: 'Writes what the agents of the run share' },
  state_lock: { what: 'Holds something that the agents of the run share' },
  state_wait: { what: 'Waits until something shared changes' },
  read_output: { what: 'Reads what came out of another task' },
};

/** What a tool does, in words. One that is not built in says so itself, to the model. */
export function wordsOf(tool: string): ToolWords {
  const known = Object.hasOwn(words, tool) ? words[tool]! : null;
  if (!known)
    return {
      what: 'A tool of this project, or of an MCP server',
      marks: ['reaches elsewhere', 'brings in others’ text'],
    };
  const traits = builtInList.find(({ name }) => name === tool);
  return { what: known.what, marks: [...(traits?.changesFiles ? ['changes files'] : []), ...(known.marks ?? [])] };
}

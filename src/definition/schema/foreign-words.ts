/** Words of other tools (CI services, agent frameworks, workflow engines) for our keys: a key, or what to do, in a sentence. */
export type ForeignWords = Readonly<Record<string, string>>;

const ofAgent = 'say it in the agent\'s own file (agents/NAME.md), which the task names with "profile"';
const ofInputs = 'values from outside are "inputs", used as ${{ inputs.NAME }}';
const byClock = 'a run is started by "gaffer run", or by the clock: "gaffer schedule add"';
const ofQueue = 'that is said of the workers: "gaffer worker --activities N --jobs-per-second N"';
const ofOrder = 'what waits for what is said by the one that waits: "depends_on: [ID]"';

export const wordsOfWorkflow: ForeignWords = {
  ...{ steps: 'tasks', jobs: 'tasks', nodes: 'tasks', activities: 'tasks', states: 'tasks', actions: 'tasks' },
  ...{ stages: 'phases', workflow: 'name', title: 'name', agent: 'default_profile', profile: 'default_profile' },
  ...{ supervisor: 'manager', orchestrator: 'manager', manager_agent: 'manager', crew: 'tasks' },
  ...{ env: ofInputs, vars: ofInputs, variables: ofInputs, params: ofInputs, parameters: ofInputs, args: ofInputs },
  ...{ input_schema: ofInputs, state_schema: ofInputs },
  ...{ model: ofAgent, llm: ofAgent },
  ...{ tools: ofAgent, instructions: ofAgent, system: ofAgent, max_turns: ofAgent, memory: ofAgent, provider: ofAgent },
  ...{
    prompt: 'a prompt belongs to a task: "tasks: [{ prompt: … }]"',
    needs: ofOrder,
    edges: ofOrder,
    depends_on: ofOrder,
  },
  ...{ process: 'say it for a phase: "execution_mode: sequential"', entrypoint: ofOrder, start: ofOrder },
  ...{ concurrency: 'limits', timeout: 'limits', timeout_minutes: 'limits', budget: 'limits', max_parallel: 'limits' },
  ...{
    usd: 'limits',
    max_cost: 'limits',
    tokens: 'limits',
    permissions: 'policy',
    rules: 'policy',
    guardrails: 'policy',
  },
  ...{ on: byClock, triggers: byClock },
  ...{ schedule: byClock, cron: byClock },
  ...{
    output: 'outputs',
    result: 'outputs',
    results: 'outputs',
    returns: 'outputs',
    version: 'leave it out',
    max_workers: ofQueue,
    max_jobs_per_second: ofQueue,
    working_directory: 'workspace',
    cwd: 'workspace',
  },
};

export const wordsOfLimits: ForeignWords = {
  ...{
    max_workers: ofQueue,
    max_jobs_per_second: ofQueue,
    concurrency: 'max_parallel',
    max_concurrent_tasks: 'max_parallel',
  },
};

export const wordsOfAgentUse: ForeignWords = {
  ...{ model: ofAgent, llm: ofAgent, tools: ofAgent, prompt: ofAgent, system: ofAgent, role: ofAgent },
  ...{ instructions: ofAgent, description: ofAgent, goal: ofAgent, backstory: ofAgent, max_turns: ofAgent },
  ...{ concurrency: 'max_concurrent_tasks', max_parallel: 'max_concurrent_tasks' },
};

export const wordsOfPhase: ForeignWords = {
  ...{ steps: 'tasks', jobs: 'tasks', nodes: 'tasks', activities: 'tasks', id: 'name', title: 'name' },
  ...{ process: 'execution_mode', parallel: 'execution_mode', mode: 'execution_mode', if: 'when', condition: 'when' },
  ...{
    loop: 'repeat',
    until: 'repeat',
    while: 'repeat',
    needs: 'phases follow each other as they stand',
    depends_on: 'phases follow each other as they stand',
  },
  ...{ agent: 'each task names its agent with "profile"', timeout: 'limits' },
};

export const wordsOfTask: ForeignWords = {
  ...{
    needs: 'depends_on',
    requires: 'depends_on',
    after: 'depends_on',
    upstream: 'depends_on',
    wait_for: 'depends_on',
  },
  ...{ next: ofOrder, edges: ofOrder, goto: ofOrder, on_success: ofOrder },
  ...{
    agent: 'profile',
    role: 'profile',
    assignee: 'profile',
    worker: 'profile',
    executor: 'profile',
    agent_name: 'profile',
  },
  ...{ name: 'id', key: 'id', step: 'id', title: 'id', task_id: 'id' },
  ...{ instructions: 'prompt', instruction: 'prompt', goal: 'prompt', message: 'prompt' },
  ...{ task: 'prompt', content: 'prompt', objective: 'prompt', query: 'prompt', ask: 'prompt' },
  ...{
    run: 'an agent does a task: say in "prompt" what is to be done',
    command: 'an agent does a task: say in "prompt" what is to be done',
  },
  ...{
    script: 'an agent does a task: say in "prompt" what is to be done',
    uses: 'an agent does a task: say in "prompt" what is to be done',
  },
  ...{ llm: 'model', tools: ofAgent, system: ofAgent, max_turns: ofAgent, max_iter: ofAgent, temperature: ofAgent },
  ...{ with: ofInputs, env: ofInputs, params: ofInputs },
  ...{
    if: 'when',
    condition: 'when',
    unless: 'when',
    matrix: 'for_each',
    strategy: 'for_each',
    foreach: 'for_each',
    map: 'for_each',
  },
  ...{
    items: 'for_each',
    with_items: 'for_each',
    loop: 'repeat',
    until: 'repeat',
    while: 'repeat',
    max_iterations: 'repeat',
  },
  ...{
    expected_output: 'output',
    output_schema: 'output',
    schema: 'output',
    response_format: 'output',
    output_json: 'output',
  },
  ...{
    output_pydantic: 'output',
    outputs: 'output',
    timeout_minutes: 'timeout',
    timeout_seconds: 'timeout',
    retries: 'retry',
  },
  ...{
    max_retries: 'retry',
    retry_policy: 'retry',
    allow_failure: 'continue_on_error',
    ignore_errors: 'continue_on_error',
  },
  ...{
    human_input: 'approval',
    interrupt: 'approval',
    confirm: 'approval',
    undo: 'compensate',
    rollback: 'compensate',
    on_failure: 'compensate',
  },
  ...{
    working_directory: 'workspace',
    cwd: 'workspace',
    steps: 'tasks that belong together are a phase: "phases: [{ name: …, tasks: [ … ] }]"',
  },
  ...{ async_execution: 'tasks run side by side unless one depends on the other: leave it out' },
};

/** What a word that another tool has for a key means here; null: no other tool's. */
export function meaningOf(word: string, words: ForeignWords): { key: string | null; hint: string } | null {
  const plain = (each: string): string => each.toLowerCase().replace(/[-_ ]/g, '');
  const known = Object.keys(words).find((each) => plain(each) === plain(word));
  if (known === undefined) return null;
  const meaning = words[known]!;
  return meaning.includes(' ')
    ? { key: null, hint: meaning }
    : { key: meaning, hint: `here it is called "${meaning}"` };
}

/** How a value of the file is shown and typed. `json`: any value; `expression`: with completion; `list`: one of some. */
type FieldKind = 'line' | 'number' | 'expression' | 'prompt' | 'text' | 'json' | 'list' | 'flag' | 'agent';

/** A value of a task, a phase or the workflow that has a field of its own. */
export interface FieldOf {
  /** Its key, or the keys that lead to it. */
  path: readonly [string] | readonly [string, string];
  label: string;
  kind: FieldKind;
  hint?: string;
  /** For `list`: what it can be; the first is what holds where nothing is written. */
  choices?: readonly string[];
  /** Of `json`: what stands in an empty field. */
  example?: string;
}

/** Fields that belong together. */
export interface FieldGroup {
  title: string;
  fields: readonly FieldOf[];
}

const whenHint = 'An expression: starts only if it is true.';
const repeat: FieldGroup['fields'] = [
  { path: ['repeat', 'until'], label: 'Repeat until', kind: 'expression', hint: 'Runs again until this is true.' },
  { path: ['repeat', 'max'], label: 'Repeat at most', kind: 'number', hint: 'Times in all. Without: 3.' },
];
const limits: FieldGroup['fields'] = [
  { path: ['limits', 'usd'], label: 'Limit in USD', kind: 'number' },
  { path: ['limits', 'tokens'], label: 'Limit in tokens', kind: 'number' },
];

/** The fields of a task, but its id and what it waits for. */
export const taskFields: readonly FieldGroup[] = [
  {
    title: 'What to do',
    fields: [
      { path: ['profile'], label: 'Agent', kind: 'agent' },
      { path: ['prompt'], label: 'Prompt', kind: 'prompt', hint: 'Type ${{ for names of inputs and results.' },
      { path: ['tool'], label: 'Tool', kind: 'line', hint: 'Called once, without a model, in place of a prompt.' },
      { path: ['input'], label: 'Input of the tool', kind: 'json', example: '{ "command": "npm test" }' },
      { path: ['workflow'], label: 'Workflow', kind: 'line', hint: 'A file beside this one, in place of a prompt.' },
      { path: ['inputs'], label: 'Inputs of the workflow', kind: 'json', example: '{ "path": "src" }' },
      { path: ['model'], label: 'Model', kind: 'line', hint: "Without: the agent's own. auto: by how hard it is." },
      { path: ['description'], label: 'Description', kind: 'line', hint: 'For people.' },
    ],
  },
  {
    title: 'When and how often',
    fields: [
      { path: ['when'], label: 'Only when', kind: 'expression', hint: whenHint },
      { path: ['for_each'], label: 'For each', kind: 'expression', hint: 'A list: runs once for each item, as item.' },
      ...repeat,
      { path: ['priority'], label: 'Priority', kind: 'list', choices: ['', 'low', 'normal', 'high', 'urgent'] },
    ],
  },
  {
    title: 'Safety',
    fields: [
      {
        path: ['approval'],
        label: 'Approval',
        kind: 'list',
        choices: ['', 'before', 'after'],
        hint: 'A person looks at it.',
      },
      ...limits,
      { path: ['timeout'], label: 'Timeout', kind: 'line', hint: 'Of one attempt: 10m, 2h.' },
      { path: ['retry', 'max_attempts'], label: 'Attempts', kind: 'number', hint: 'In all. Without: 1.' },
      { path: ['retry', 'backoff'], label: 'Wait between attempts', kind: 'line', hint: 'Without: 2s.' },
      { path: ['continue_on_error'], label: 'Go on when it fails', kind: 'flag' },
    ],
  },
  {
    title: 'Result',
    fields: [
      {
        path: ['output'],
        label: 'Output schema',
        kind: 'json',
        example: '{ "type": "object", "properties": { "ok": { "type": "boolean" } } }',
        hint: 'JSON Schema that the answer must meet.',
      },
    ],
  },
];

/** The fields of a phase, but its name. */
export const phaseFields: readonly FieldGroup[] = [
  {
    title: 'Phase',
    fields: [
      { path: ['name'], label: 'Name', kind: 'line' },
      {
        path: ['execution_mode'],
        label: 'Its tasks',
        kind: 'list',
        choices: ['', 'sequential', 'parallel'],
        hint: 'Without: sequential, one after the other.',
      },
      { path: ['when'], label: 'Only when', kind: 'expression', hint: whenHint },
      ...repeat,
      ...limits,
    ],
  },
];

/** The fields of the workflow. */
export const workflowFields: readonly FieldGroup[] = [
  {
    title: 'Workflow',
    fields: [
      { path: ['name'], label: 'Name', kind: 'line' },
      { path: ['description'], label: 'Description', kind: 'text' },
      { path: ['default_profile'], label: 'Usual agent', kind: 'agent', hint: 'Of tasks that name none.' },
      { path: ['workspace'], label: 'Folder', kind: 'line', hint: 'That tools work in.' },
    ],
  },
  {
    title: 'What goes in and comes out',
    fields: [
      { path: ['inputs'], label: 'Inputs', kind: 'json', example: '{ "path": { "type": "string" } }' },
      { path: ['outputs'], label: 'Outputs', kind: 'json', example: '{ "report": "${{ tasks.write.output }}" }' },
    ],
  },
  {
    title: 'Limits of the whole run',
    fields: [
      ...limits,
      { path: ['limits', 'timeout'], label: 'Timeout', kind: 'line', hint: 'Without: 2h.' },
      { path: ['limits', 'max_parallel'], label: 'Tasks at once', kind: 'number', hint: 'Without: 10.' },
      {
        path: ['on_failure'],
        label: 'When a task failed',
        kind: 'list',
        choices: ['', 'continue', 'stop', 'compensate'],
      },
    ],
  },
];

/** Keys that fields are for. */
export function keysOf(groups: readonly FieldGroup[]): string[] {
  return groups.flatMap(({ fields }) => fields.map(({ path }) => path[0]));
}

/** SQL that says whether a check scored a task of an evaluation: what none looked at, or could look at, was judged by nobody. `task`: its JSON, as SQL. */
export function wasJudged(task: string): string {
  return `exists (select from json_array_elements(${task} -> 'checks') checked where checked ->> 'score' is not null)`;
}

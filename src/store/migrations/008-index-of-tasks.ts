/** The index by task begins with the task. */
export const migration = {
  id: 8,
  name: 'index-of-tasks',
  sql: `
-- While there are no statistics, an index (run_no, task) looks as good as the primary key (run_no, id) for one task by its id, and
-- reads all tasks of the run.
drop index tasks_by_task;
create index tasks_by_task on tasks (task, run_no);
`,
} as const;

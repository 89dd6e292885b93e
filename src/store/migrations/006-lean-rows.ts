/**
 * Tables that get rows with every turn no longer check that their run is there: each check locked the run's row, which all tasks
 * of a run write to. A trigger removes their rows with the run's. The index of open intents kept updates from staying on
 * their page, and nothing looks for intents but run by run.
 */
export const migration = {
  id: 6,
  name: 'lean-rows',
  sql: `
alter table contexts drop constraint contexts_run_no_fkey;
alter table messages drop constraint messages_run_no_fkey;
alter table journal drop constraint journal_run_no_fkey;
alter table events drop constraint events_run_no_fkey;
drop index journal_open;

create function forget_run() returns trigger language plpgsql as $$
begin
  delete from contexts where run_no = old.no;
  delete from messages where run_no = old.no;
  delete from journal where run_no = old.no;
  delete from events where run_no = old.no;
  return null;
end $$;
create trigger forget_run after delete on runs for each row execute function forget_run();
`,
} as const;

/** Boards of issues: the crew's work queue. */
export const migration = {
  id: 2,
  name: 'issues',
  sql: `
    create table issue_boards (
      board text primary key,
      last_number integer not null default 0
    );

    create table issues (
      board text not null references issue_boards on delete cascade,
      number integer not null,
      title text not null,
      description text not null default '',
      status text not null default 'open' check (status in ('open', 'claimed', 'blocked', 'closed')),
      priority smallint not null default 2 check (priority between 0 and 4),
      labels text[] not null default '{}',
      parent integer,
      assignee text,
      assignee_run text,
      created_by text,
      created_by_run text,
      block_reason text,
      answer text,
      result text,
      external_id text,
      extra jsonb not null default '{}',
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      closed_at timestamptz,
      primary key (board, number),
      unique (board, external_id),
      foreign key (board, parent) references issues (board, number) on delete cascade
    );
    create index issues_queue on issues (board, status, priority, number);
    create index issues_claims on issues (assignee_run) where assignee_run is not null;

    create table issue_dependencies (
      board text not null,
      number integer not null,
      depends_on integer not null,
      primary key (board, number, depends_on),
      foreign key (board, number) references issues (board, number) on delete cascade,
      foreign key (board, depends_on) references issues (board, number) on delete cascade,
      check (number <> depends_on)
    );
    create index issue_dependents on issue_dependencies (board, depends_on);

    create table issue_comments (
      id bigint generated always as identity primary key,
      board text not null,
      number integer not null,
      author text not null,
      author_run text,
      kind text not null default 'comment' check (kind in ('comment', 'blocked', 'unblocked', 'closed')),
      body text not null,
      at timestamptz not null default now(),
      foreign key (board, number) references issues (board, number) on delete cascade
    );
    create index issue_comments_of on issue_comments (board, number, id);
  `,
} as const;

import type Anthropic from '@anthropic-ai/sdk';
import type pg from 'pg';
import { createIssueTool } from '../../src/tools/crew/issue.ts';
import { maxTokens, model, system } from '../cell.ts';

/** The steps of the plain program. */
export interface PlainActivities {
  plainModel(messages: Anthropic.MessageParam[]): Promise<{ content: Anthropic.ContentBlock[] }>;
  plainTool(run: string, input: Record<string, string>): Promise<string>;
}

/** Tables of the plain program. */
export const schema = `
  create table if not exists plain_issues (
    id bigint generated always as identity primary key, run text not null, title text not null,
    status text not null default 'open', result text, updated_at timestamptz not null default now());
  create index if not exists plain_issues_of on plain_issues (run);
  create table if not exists plain_comments (
    id bigint generated always as identity primary key, issue bigint not null references plain_issues,
    body text not null, at timestamptz not null default now());
  create index if not exists plain_comments_of on plain_comments (issue)`;

/** The plain program's steps, on a client and a pool of connections of their own. */
export function createPlainActivities(client: Anthropic, pool: pg.Pool): PlainActivities {
  // The same definition as ours, so that both send requests of the same size.
  const tools = [createIssueTool().definition as Anthropic.Tool];
  return {
    async plainModel(messages) {
      const { content } = await client.messages.create({ model, max_tokens: maxTokens, system, tools, messages });
      return { content };
    },
    async plainTool(run, { action, id = '', title, text, result }) {
      if (action === 'create') {
        const { rows } = await pool.query<{ id: string }>(
          'insert into plain_issues (run, title) values ($1, $2) returning id',
          [run, title],
        );
        return JSON.stringify({ issue: { id: `#${rows[0]!.id}`, title, status: 'open' } });
      }
      const issue = id.slice(1);
      if (action === 'comment') {
        await pool.query('insert into plain_comments (issue, body) values ($1, $2)', [issue, text]);
        return JSON.stringify({ ok: true, id });
      }
      const closing = `update plain_issues set status = 'closed', result = $2, updated_at = now() where id = $1`;
      await pool.query(closing, [issue, result]);
      return JSON.stringify({ issue: { id, status: 'closed' } });
    },
  };
}

import { createHash } from 'node:crypto';
import type { KeptBlock, KeptMessage } from '../../domain/conversation/conversation.ts';
import type { Sql } from '../database/sql.ts';

/** A message as it stands in the tree. `depth` counts from 1. */
export interface StoredMessage extends KeptMessage {
  id: string;
  parent: string | null;
  /** First message of the conversation. */
  root: string;
  /** First message after the root that the model still gets; null: all of them. */
  viewFrom: string | null;
  depth: number;
  /** Key of the model call that wrote it. */
  callKey: string;
}

/** What the model gets of a conversation, oldest first: its first message and everything from `viewFrom` on. */
export type View = readonly StoredMessage[];

/** Id of a message: the same for the same step of the same run, so that a retry writes it once. */
export function messageId(runKey: string, callKey: string, role: KeptMessage['role']): string {
  return createHash('sha256').update(`${runKey}\n${callKey}\n${role}`).digest('base64url').slice(0, 22);
}

/** The view that ends with a message, from the cache if it is there: messages never change, so a view can be kept. */
export async function findView(sql: Sql, views: ViewCache, head: string): Promise<View> {
  return views.get(head) ?? loadView(sql, head);
}

async function loadView(sql: Sql, head: string): Promise<View> {
  const { rows } = await sql.query<RawMessage>(
    `with recursive chain as (
       select m.*, m.view_from as stop from messages m where m.id = $1
       union all
       select m.*, chain.stop from chain join messages m on m.id = chain.parent where chain.id is distinct from chain.stop)
     select id, parent, root, view_from, depth, call_key, role, content from chain
     union all
     select r.id, r.parent, r.root, r.view_from, r.depth, r.call_key, r.role, r.content
     from messages h join messages r on r.id = h.root where h.id = $1 and r.id not in (select id from chain)
     order by depth`,
    [head],
  );
  if (rows.length === 0) throw new Error(`the store has no message ${head}`);
  return rows.map((row) => ({
    id: row.id,
    parent: row.parent,
    root: row.root,
    viewFrom: row.view_from,
    depth: row.depth,
    callKey: row.call_key,
    role: row.role,
    content: row.content,
  }));
}

/** All messages of the conversation that ends with one, those that its view leaves out too, oldest first. */
export async function findWhole(sql: Sql, head: string): Promise<KeptMessage[]> {
  const { rows } = await sql.query<KeptMessage>(
    `with recursive chain as (
       select id, parent from messages where id = $1
       union all
       select m.id, m.parent from chain join messages m on m.id = chain.parent)
     select role, content from chain join messages using (id) order by depth`,
    [head],
  );
  return rows;
}

interface RawMessage {
  id: string;
  parent: string | null;
  root: string;
  view_from: string | null;
  depth: number;
  call_key: string;
  role: KeptMessage['role'];
  content: KeptBlock[];
}

/** Keeps the views that were used last, so that a turn need not read its whole conversation again. */
export function createViewCache(maxCharacters = 32_000_000) {
  const views = new Map<string, { view: View; size: number }>();
  let total = 0;
  function drop(head: string): void {
    const kept = views.get(head);
    if (!kept) return;
    total -= kept.size;
    views.delete(head);
  }
  return {
    get(head: string): View | undefined {
      return views.get(head)?.view;
    },
    /** Keeps a view; `size` in characters. */
    set(head: string, view: View, size: number): void {
      drop(head);
      views.set(head, { view, size });
      total += size;
      for (const oldest of views.keys()) {
        if (total <= maxCharacters) break;
        drop(oldest);
      }
    },
    drop,
  };
}

/** See {@link createViewCache}. */
export type ViewCache = ReturnType<typeof createViewCache>;

/*
 * Which gateways live:
 * G1 A gateway has a row, and says every second that it lives. One without a row is dead.
 * G2 Nobody's silence is told by a clock: a database that was away, and a machine that slept, keep all of them silent. Whoever has said so
 *    itself a few times, one after the other, and heard nothing new of another one meanwhile, takes its row (gateway/peers.ts).
 * G3 One that lives and finds its row gone enters again.
 * G4 One that starts in the place of another takes over from it at once: only one process can have a place. One that ends gives its place up
 *    before it is free, and has a row for as long as anything is under way.
 * G5 What a dead one had under way at a provider is lost and paid. Whoever finds such a call bills it as it was reserved.
 */
import type { Sql } from '../database/sql.ts';

/** A gateway, and how others reach it. */
export interface GatewayRow {
  id: string;
  place: string;
  socket: string | null;
  url: string | null;
  /** The machine on which its socket is. */
  host: string;
}

/** When another gateway last said that it lives, in a word that is for comparing alone. */
export interface Heard {
  id: string;
  beat: string;
}

/** A gateway as people are told of it. */
export interface GatewaySeen extends GatewayRow {
  /** ISO 8601. */
  since: string;
  /** How long it has said nothing, in ms. */
  silentMs: number;
}

/** The gateway that makes a call, and how it is reached. */
export interface Holder {
  gateway: string;
  socket: string | null;
  url: string | null;
  /** The machine on which its socket is; null: its row has just gone. */
  host: string | null;
}

const beatText = (of: string): string => `extract(epoch from ${of}.beat_at)::text`;

/** Says that a gateway begins, and that those which had its place are dead (G4). */
export async function enterGateway(sql: Sql, { id, place, socket, url, host }: GatewayRow): Promise<void> {
  await sql.query(
    `with gone as (delete from gateways where place = $2)
     insert into gateways (id, place, socket, url, host) values ($1, $2, $3, $4, $5)`,
    [id, place, socket, url, host],
  );
}

/** G1, G3: one whose place another has by now has a place of its own. @returns whether its row was gone, and what was heard of the others */
export async function beatGateway(
  sql: Sql,
  { id, place, socket, url, host }: GatewayRow,
): Promise<{ wasGone: boolean; others: Heard[] }> {
  const { rows } = await sql.query<{ wasGone: boolean; others: Heard[] }>(
    `with beat as (
       insert into gateways as g (id, place, socket, url, host)
       select $1, case when exists (select 1 from gateways where place = $2 and id <> $1) then $1 else $2 end, $3, $4, $5
       on conflict (id) do update set beat_at = now() returning g.beat_at = g.started_at as is_new)
     select b.is_new as "wasGone", coalesce(
       (select jsonb_agg(jsonb_build_object('id', g.id, 'beat', ${beatText('g')})) from gateways g where g.id <> $1), '[]') as others
     from beat b`,
    [id, place, socket, url, host],
  );
  return rows[0]!;
}

/** Takes the rows of gateways that said nothing since (G2). */
export async function buryGateways(sql: Sql, silent: readonly Heard[]): Promise<void> {
  await sql.query(
    `delete from gateways g using unnest($1::text[], $2::text[]) as s (id, beat) where g.id = s.id and ${beatText('g')} = s.beat`,
    [silent.map(({ id }) => id), silent.map(({ beat }) => beat)],
  );
}

/** Gives the place of a gateway up that ends (G4): whoever starts there takes nothing from it, and what listens there by now is another one. */
export async function leavePlace(sql: Sql, id: string): Promise<void> {
  await sql.query('update gateways set place = id, socket = null, url = null where id = $1', [id]);
}

/** Says that a gateway has come to its end, with nothing under way. */
export async function leaveGateway(sql: Sql, id: string): Promise<void> {
  await sql.query('delete from gateways where id = $1', [id]);
}

/** The gateways that have a row, the oldest first. */
export async function listGateways(sql: Sql): Promise<GatewaySeen[]> {
  const { rows } = await sql.query<Omit<GatewaySeen, 'since'> & { since: Date }>(
    `select id, place, socket, url, host, started_at as since,
       (1000 * extract(epoch from now() - beat_at))::bigint as "silentMs" from gateways order by started_at`,
  );
  return rows.map((row) => ({ ...row, since: row.since.toISOString() }));
}

/** The gateway that makes a call of our own loop, unless it is `gateway`; undefined: none does that lives. */
export async function findHolder(
  sql: Sql,
  { runKey, key }: { runKey: string; key: string },
  gateway: string,
): Promise<Holder | undefined> {
  const { rows } = await sql.query<Holder>(
    `select g.id as gateway, g.socket, g.url, g.host
     from runs r join gateway_calls c on c.run_no = r.no and c.attempt = '' and c.content = $2 and c.state = 'open'
       join gateways g on g.id = c.gateway
     where r.run_key = $1 and g.id <> $3`,
    [runKey, key, gateway],
  );
  return rows[0];
}

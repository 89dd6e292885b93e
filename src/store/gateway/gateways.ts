/*
 * Which gateways live:
 * G1 A gateway says every second that it lives. One that was silent for longer than `silentMs` is dead.
 * G2 One that starts in the place of another takes over from it at once: only one process can have a place.
 * G3 What a dead one had under way at a provider is lost and paid. Whoever finds such a call bills it as it was reserved.
 */
import type { Sql } from '../database/sql.ts';

/** A gateway, and how others reach it. */
export interface GatewayRow {
  id: string;
  place: string;
  socket: string | null;
  url: string | null;
  host: string;
}

/** How long a gateway may be silent, in ms. */
const silentMs = 5000;

/** Condition: the gateway of the row `g` lives (G1). */
export const livesText = `g.beat_at > now() - interval '${silentMs} milliseconds'`;

/** Says that a gateway begins, and that those which had its place are dead (G2). */
export async function enterGateway(sql: Sql, { id, place, socket, url, host }: GatewayRow): Promise<void> {
  await sql.query(
    `with gone as (delete from gateways where place = $2 or beat_at < now() - interval '1 day')
     insert into gateways (id, place, socket, url, host) values ($1, $2, $3, $4, $5)`,
    [id, place, socket, url, host],
  );
}

/** G1. @returns whether it is still known; else another has its place now, or it was silent for a day */
export async function beatGateway(sql: Sql, id: string): Promise<boolean> {
  return (await sql.query('update gateways set beat_at = now() where id = $1', [id])).rowCount === 1;
}

/** Says that a gateway has come to its end, with nothing under way. */
export async function leaveGateway(sql: Sql, id: string): Promise<void> {
  await sql.query('delete from gateways where id = $1', [id]);
}

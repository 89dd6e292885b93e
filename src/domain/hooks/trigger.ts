import type { JsonObject, JsonValue } from '../json.ts';
import type { Template } from '../plan/plan.ts';

/** How deliveries prove where they come from. Names of headers are in lower case. */
export type TriggerScheme =
  | { kind: 'standard' | 'github' | 'gitlab' }
  | {
      kind: 'hmac';
      /** Has the HMAC-SHA256 of the body in hex, with `sha256=` before it or without. */
      header: string;
      /** Says which delivery it is; null: nothing does. */
      delivery: string | null;
      /** Says what happened; null: nothing does. */
      event: string | null;
    };

/** What an input gets of each delivery: the same, or what expressions say; of one expression alone its value, else a text. */
export type MappedValue = { value: JsonValue } | { template: Template; isWhole: boolean };

/** What a delivery becomes, as it was checked. */
export interface TriggerMapping {
  /** Name of a template, or absolute path of a workflow file. */
  workflow: string;
  /** Events that start something; empty: all. */
  events: string[];
  /** An expression that is true for deliveries that start something; null: all do. */
  when: string | null;
  inputs: Readonly<Record<string, MappedValue>>;
  /** Where the run's end is told; null: nowhere. */
  callback: MappedValue | null;
  /** In the format of a workflow file. */
  limits: JsonObject;
  /** Absolute folder that runs work in; null: the workflow's own. */
  workspace: string | null;
  board: string | null;
}

/** What came in. */
export interface Incoming {
  payload: JsonObject;
  /** What happened, as its header says; null: none does. */
  event: string | null;
}

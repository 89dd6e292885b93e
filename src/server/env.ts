import type { Once } from '../client/connection/once.ts';
import type { Session } from '../client/connection/session.ts';
import type { Runs } from '../client/runs.ts';
import type { Streams } from './sse/streams.ts';
import type { Scope } from '../domain/access/scope.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Store } from '../store/store.ts';
import type { HookAccess } from './triggers/hook-access.ts';

/** Who asks: what the key, or the session of a page, says. */
export interface Principal {
  keyId: string;
  name: string;
  /** Whose runs there are for it; runs of the terminal belong to `default`. */
  tenant: string;
  scopes: readonly Scope[];
  /** Roles in which it approves. */
  roles: readonly string[];
}

/** The end of a service. */
export interface Closing {
  /** Aborted when it begins to end. */
  begun: AbortSignal;
  /** Aborted when nobody is waited for any more. */
  over: AbortSignal;
}

/** Who does something without a key: a trigger, whose deliveries are signed. */
interface Doer {
  /** `trigger:NAME`. */
  name: string;
  tenant: string;
}

/** What a route did to one of several runs. `run`: the one that it started instead, if any; `about`: ids and choices. */
export interface DoneToRun {
  runId: string;
  run: string | null;
  about: JsonObject;
  /** `ok`, or why not. */
  result: string;
}

/** What a request carries. */
export interface ServerEnv {
  Variables: {
    /** In the log and in the answer, so that the two are found together. */
    requestId: string;
    /** The origin of the service that was asked: `http://localhost:7450`. */
    origin: string;
    /** Whether what is asked for needs no key. */
    isOpen: boolean;
    principal: Principal;
    /** How the principal is known: a program sends a key, a browser a cookie, which it also sends for pages of others. */
    knownBy: 'key' | 'cookie';
    /** The request, where it may be repeated. */
    once?: Once;
    /** What there is of the principal's tenant; where nobody is known, it is not there. */
    session: Session;
    /** The runs of the principal's tenant; where nobody is known, they are not there. */
    runs: Runs;
    /** Streams of events, which the service ends with itself. */
    streams: Streams;
    /** Id of the run that a route started: for the audit. */
    runId: string | undefined;
    /** What a route did, and to what, beside its path: for the audit. Ids and choices, never texts or secrets. */
    about: JsonObject | undefined;
    /** What came of it for each of the runs that a route did something to: a row of the audit for each. */
    each: readonly DoneToRun[] | undefined;
    /** Who did it, where no principal is. */
    doer: Doer | undefined;
    /** What routes need for which nobody has to be known. */
    access: Pick<Store, 'keys' | 'audit' | 'traffic'>;
    /** How the service ends. */
    closing: Closing;
    /** Webhooks and triggers of all tenants: ask for the principal's. */
    hooks: HookAccess;
  };
}

import type { ModelAccount } from '../provider.ts';

/** What a gateway tells a worker of its accounts, by the names of their providers. */
export interface GatewayFacts {
  accounts: Readonly<Record<string, AccountFacts>>;
}

/** An account without its key. */
export type AccountFacts = Omit<ModelAccount, 'apiKey' | 'gateway'> & {
  /** Name of its gate. */
  gate: string;
};

/** Where a Temporal server is and how to get in, as the standard client configuration says it. */
export interface TemporalTarget {
  address: string;
  namespace: string;
  apiKey?: string;
  /** Options of the SDK's TLS configuration, or whether to use TLS at all. */
  tls?: unknown;
}

import type { AttemptGrant } from '../../store/gateway/tokens.ts';
import type { ReadRequest } from '../content/read-request.ts';
import type { PassedRequest, Provider } from './provider.ts';

/** Who asks for what. */
export interface Asking {
  grant: AttemptGrant;
  runKey: string;
  tokenHash: Buffer;
  content: string;
  request: PassedRequest;
  read: Omit<ReadRequest, 'body'>;
  provider: Provider;
  /** As another gateway is asked for it. */
  path: string;
}

import { GafferError } from '../domain/errors.ts';

/** The folder for Gaffer's data cannot be used. The message says which, why, and the way out. */
export class HomeError extends GafferError {
  override readonly name = 'HomeError';
  readonly kind = 'failed';
  readonly reason: 'not-writable' | 'full' | 'not-a-folder' | 'not-yours';
  constructor(reason: HomeError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

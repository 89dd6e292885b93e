import { GafferError } from '../../domain/errors.ts';

/** An edit that cannot be made in a text; the text is as it was. */
export class EditError extends GafferError {
  override readonly name = 'EditError';
  readonly kind = 'usage';
}

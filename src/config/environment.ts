import { GafferError } from '../domain/errors.ts';

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A variable of the environment has a value that cannot be meant. The message names it, never a secret's value.
 */
export class ConfigError extends GafferError {
  override readonly name = 'ConfigError';
  readonly kind = 'usage';
  readonly variable: string;
  constructor(variable: string, message: string, options?: ErrorOptions) {
    super(`${variable}: ${message}`, options);
    this.variable = variable;
  }
}

/** Without what is not set. */
export function definedOnly(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

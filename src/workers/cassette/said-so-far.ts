import { hash } from 'node:crypto';

/** A conversation up to some message, in a size that does not grow with it. */
export interface SaidSoFar {
  /** The same of two that say the same. */
  whole: string;
  /** The same of two that say the same from their last answer's last block on. */
  end: string;
  /** How many texts it has. */
  count: number;
}

export const nothingSaid: SaidSoFar = { whole: '', end: '', count: 0 };

/** A conversation after one more text. */
export function sayMore({ whole, end, count }: SaidSoFar, role: string, text: string): SaidSoFar {
  return {
    whole: digest([whole, role, text]),
    end: digest([role === 'assistant' ? '' : end, text]),
    count: count + 1,
  };
}

/** A short word for texts, another one for others. */
export function digest(texts: readonly string[]): string {
  return hash('sha256', JSON.stringify(texts), 'base64url');
}

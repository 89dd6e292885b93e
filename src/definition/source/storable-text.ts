/** Whether a text can be kept: PostgreSQL takes neither NUL characters nor halves of surrogate pairs. */
export function isStorable(text: string): boolean {
  return !/\0|\p{Surrogate}/u.test(text);
}

/** A tool run failed before it touched anything: it may be begun again as if it had never been. The words are those of its cause. */
export class NotBegunError extends Error {
  override readonly name = 'NotBegunError';
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** What an Idempotency-Key may be. */
export const idempotencyKey = /^[!-~]{1,255}$/;

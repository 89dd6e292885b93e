export const settings = {
  /** How long a password reset link works, in minutes. Not decided yet: the shop's owner has to say, so ask instead of guessing. */
  resetLinkMinutes: null,
};

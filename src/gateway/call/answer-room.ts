/** Bytes of answers that are kept in memory at a time, of all calls that are under way. */
const mostBytes = 512 * 1024 * 1024;

/** What one answer takes of the room. */
export interface AnswerShare {
  /** @throws Error when there is no room left */
  take(bytes: number): void;
  giveBack(): void;
}

/** Room for answers while they come in. */
export class AnswerRoom {
  readonly #most: number;
  #taken = 0;

  constructor(most = mostBytes) {
    this.#most = most;
  }

  open(): AnswerShare {
    let own = 0;
    return {
      take: (bytes) => {
        own += bytes;
        this.#taken += bytes;
        if (this.#taken > this.#most) throw new Error('the answers under way take all the memory there is for them');
      },
      giveBack: () => {
        this.#taken -= own;
        own = 0;
      },
    };
  }
}

/** A call did not begin, as its run is paused. */
export class CallHeld extends Error {
  constructor() {
    super('the run is paused');
    this.name = 'CallHeld';
  }
}

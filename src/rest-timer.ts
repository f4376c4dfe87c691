/** Runs something once nothing has happened for a while, as when the keyboard rests. */
export class RestTimer {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly run: () => void,
    private readonly restMs: number
  ) {}

  /** Wait again: something has just happened. */
  restart(restMs = this.restMs): void {
    this.cancel();
    this.timer = setTimeout(this.run, restMs);
  }

  cancel(): void {
    clearTimeout(this.timer);
  }
}

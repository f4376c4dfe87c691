/** Runs something once nothing has happened for a while, as when the keyboard rests. */
export class RestTimer {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly run: () => void,
    private readonly restMs: number
  ) {}

  /** Wait anew: something has just happened. */
  restart(): void {
    this.cancel();
    this.timer = setTimeout(this.run, this.restMs);
  }

  cancel(): void {
    clearTimeout(this.timer);
  }
}

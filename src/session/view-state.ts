import type { Finding } from '../wire';

/** What a person has opened, filtered and reached in the panel: it is as they left it when they come back. */
export class ViewState {
  /** The severities that are not shown. */
  hiddenSeverities: readonly Finding['severity'][] = [];
  /** The key of the finding that was gone to last. */
  reachedFinding = '';
  /** The request to the service that was typed; null before one was. */
  typedRequest: string | null = null;
  private readonly openParts = new Map<string, boolean>();

  constructor(private readonly changed: () => void) {}

  /** Whether a part of the panel is open; as it is by default until somebody opens or closes it. */
  isOpen(part: string, byDefault: boolean): boolean {
    return this.openParts.get(part) ?? byDefault;
  }

  setOpen(part: string, isOpen: boolean): void {
    this.openParts.set(part, isOpen);
    this.changed();
  }

  toggleSeverity(severity: Finding['severity']): void {
    const isHidden = this.hiddenSeverities.includes(severity);
    this.hiddenSeverities = isHidden
      ? this.hiddenSeverities.filter(other => other !== severity)
      : [...this.hiddenSeverities, severity];
    this.changed();
  }

  typeRequest(body: string): void {
    this.typedRequest = body;
    this.changed();
  }
}

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { RestTimer } from '../rest-timer';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('RestTimer', () => {
  it('runs once, after the last restart', () => {
    const run = vi.fn();
    const timer = new RestTimer(run, 100);
    timer.restart();
    vi.advanceTimersByTime(99);
    timer.restart();
    vi.advanceTimersByTime(99);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1000);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('does not run once it is cancelled', () => {
    const run = vi.fn();
    const timer = new RestTimer(run, 100);
    timer.restart();
    timer.cancel();
    vi.advanceTimersByTime(1000);
    expect(run).not.toHaveBeenCalled();
  });
});

"""Which type a name holds, answered only where the call that makes the value is known; the lift annotates with it."""

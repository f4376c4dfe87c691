"""What the worker does with a notebook that the browser sends: check it, propose for it, hand back its cells edited."""

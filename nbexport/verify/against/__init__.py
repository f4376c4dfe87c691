"""Code that nbexport did not write, compared with a notebook: a function, a script, a package or a service."""

"""The command lines of a project: each file in its root calls one of these with its own path.

    from nbexport_runtime.pipeline.commands import evaluate

    if __name__ == "__main__":
        evaluate.main(__file__)

Each ends with an exit code that a workflow branches on.
"""

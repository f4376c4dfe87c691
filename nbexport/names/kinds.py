"""What an operation is, for logic to go by: the words beside it are for messages alone."""

from __future__ import annotations

from enum import StrEnum


class BindKind(StrEnum):
    """How a name is bound."""

    ASSIGN = "assign"
    AUGMENTED = "augmented"
    ANNOTATED = "annotated"
    IMPORT = "import"
    DEF = "def"
    CLASS = "class"
    FOR = "for"
    WITH = "with"
    EXCEPT = "except"
    MATCH = "match"
    WALRUS = "walrus"
    UNPACK = "unpack"
    STAR = "star"
    GLOBAL = "global"
    """By a function that declares the name `global`."""


class ChangeKind(StrEnum):
    """By what an object is changed in place."""

    ATTRIBUTE = "attribute"
    """`row.size = 3`."""
    ITEM = "item"
    """`rows[0] = 3`."""
    DELETION = "deletion"
    """`del rows[0]`, `del row.size`."""
    AUGMENTED = "augmented"
    """`rows += more`."""
    METHOD = "method"
    """`rows.append(3)`, `model.fit(rows)`."""
    MODE = "mode"
    """`model.eval()`, `model.train()`, also inside a function that the model is passed to: undone by the next one."""
    ARGUMENT = "argument"
    """`random.shuffle(rows)`, `np.add(a, b, out=rows)`, a function of the notebook that changes what it is given."""
    TRAINING_CALL = "training call"
    """`model(rows)` while the model trains, which moves the averages of batch norm."""


class ScopeKind(StrEnum):
    """What keeps names to itself."""

    FUNCTION = "function"
    LAMBDA = "lambda"
    CLASS = "class"
    COMPREHENSION = "comprehension"


class JumpKind(StrEnum):
    """What leaves a block before its end."""

    RETURN = "return"
    RAISE = "raise"
    BREAK = "break"
    CONTINUE = "continue"


class Generator(StrEnum):
    """A library's global random state."""

    NUMPY = "numpy"
    RANDOM = "random"
    TORCH = "torch"
    TENSORFLOW = "tensorflow"
    JAX = "jax"

"""Rules → their pages, as `nbexport explain` prints them and `docs/rules/` holds them."""

from __future__ import annotations

from nbexport.rules import Rule, all_rules


def explain(rule: Rule) -> str:
    """A rule's page in Markdown: its documentation and its two examples."""
    title, _, rest = rule.doc.strip().partition("\n")
    scope = "every notebook" if rule.scope != "lift" else "notebooks with roles, or when a level is asked for"
    return (
        f"# {rule.code}: {rule.slug}\n\n{title.strip()}\n\n"
        f"Severity: **{rule.severity}**. Judges {scope}.\n\n"
        f"{rest.strip()}\n\n"
        f"## Examples\n\nReported at `# <- here`:\n\n```python\n{rule.bad.strip()}\n```\n\n"
        f"Not reported:\n\n```python\n{rule.good.strip()}\n```\n"
    )


def rule_list() -> str:
    """All rules, one line each."""
    return "\n".join(f"{rule.code}  {rule.severity.value:<7}  {rule.slug:<26}  {rule.title}" for rule in all_rules())


def rule_index() -> str:
    """The table of all rules for the documentation, Markdown."""
    rows = [
        f"| [{rule.code}]({rule.code.lower()}.md) | {rule.slug} | {rule.severity} | {rule.title} |"
        for rule in all_rules()
    ]
    return "\n".join(["# Rules", "", "| code | name | severity | reports |", "|---|---|---|---|", *rows, ""])

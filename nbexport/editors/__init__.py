"""The door for editors: findings, fixes, roles and explanations by the Language Server Protocol."""

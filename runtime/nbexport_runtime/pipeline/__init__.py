"""Training again: versioned data and models, evaluation against production, promotion, rollout."""

"""What the service is made of; it knows nothing of the notebook."""

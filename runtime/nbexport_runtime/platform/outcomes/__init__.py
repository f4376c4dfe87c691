"""What became of predictions: taken in, joined point in time, and the quality that follows."""

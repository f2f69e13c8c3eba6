"""What differs between the two databases, one class each; everything else is the same SQL."""

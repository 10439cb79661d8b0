"""What happens in which order, without widgets."""

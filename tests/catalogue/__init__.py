"""The catalogue: which texts there are, and what each language has for them."""

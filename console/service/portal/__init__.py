"""The employees' pages: one link, consent, photos sealed in the browser, a verdict for each, submit."""

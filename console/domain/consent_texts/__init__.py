"""The texts that people agree to, a module for each language. Translators work here."""

"""Sentences for operators. The bridge says them in English; who shows them translates."""


def worded(template: str, /, **values: object) -> str:
    """The sentence with its values. Its template is a key of the catalogue of translations."""
    return template.format(**values) if values else template

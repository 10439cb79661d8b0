"""How many of something, in words."""

from console.domain.language import tr_count


def counted(count: int, one: str, many: str) -> str:
    """One: the words behind 1, many: those behind any other number: "1 login", "2,000 logins"."""
    return f"{count:,} {one if count == 1 else many}"


def people(count: int) -> str:
    """So many people."""
    return tr_count("{count:,} person", "{count:,} people", count)


def fingers(count: int) -> str:
    """So many fingers."""
    return tr_count("{count:,} finger", "{count:,} fingers", count)

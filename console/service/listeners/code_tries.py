"""How often codes may be typed at the portal: by one address, and by everybody together.

Every try counts before it is compared, right ones too: guesses in parallel win nothing. AC1.
At 600 tries an hour, one of 1,000 codes that work is found once in 160 years on average.
"""

from limits import RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

OF_ADDRESS = RateLimitItemPerMinute(10)
OF_SITE = RateLimitItemPerHour(600)


class CodeTries:
    """Counts tries in memory."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def allow(self, address: str) -> bool:
        """Counts a try of this address: whether it may be made."""
        return self._limiter.hit(OF_ADDRESS, address) and self._limiter.hit(OF_SITE)

"""Where a service is, and how it proves that it is the one."""

import msgspec


class ServiceAddress(msgspec.Struct, frozen=True, kw_only=True):
    """url: with its scheme; empty where no service is known.

    certificate: PEM, the only one that the service may show; empty for one of usual authorities.
    """

    url: str
    certificate: str = ""

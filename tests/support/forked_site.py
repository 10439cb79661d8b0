"""A site whose service starts in a moment."""

import sys

from console.demo.site import DemoSite, ServiceProcess


class ForkedSite(DemoSite):
    """The service runs in a process of its own, as in the product, but is imported only once.

    tests/service/test_start.py starts it by its command line.
    """

    def launch(self) -> ServiceProcess:
        """Starts the process."""
        if sys.platform == "win32":  # it cannot fork
            return super().launch()
        from tests.support.forked import ForkedProcess  # it asks for the forking when imported

        _, _, module, *arguments = self.command
        return ForkedProcess(module, arguments, self.out)

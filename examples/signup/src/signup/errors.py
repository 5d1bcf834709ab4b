"""What can be wrong with an address."""


class InvalidAddress(ValueError):
    """An address that was refused, and the reason why."""

    def __init__(self, reason: str, address: str) -> None:
        """Keep the reason and the address just as given."""
        # The inherited repr shows every argument passed on here, so the address, personal data, is not.
        super().__init__(reason)
        self.reason: str = reason
        self.address: str = address

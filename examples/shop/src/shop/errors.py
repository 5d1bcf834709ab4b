"""The exceptions that the shop raises when it refuses something."""

from __future__ import annotations


class ShopError(Exception):
    """Base of all that the shop refuses.

    `code` is for machines and belongs to the class; `str` gives the message for people.
    """

    code: str = "shop"

    def __init__(self, message: str) -> None:
        super().__init__(_text(message))

    def __reduce__(self) -> tuple[object, ...]:
        # By default an exception is rebuilt by calling its class with `args`, which hold
        # the finished message here and not what the constructors of the subclasses take.
        return _rebuild, (type(self), self.args), self.__dict__

    def describe(self) -> str:
        """Return the code in square brackets, followed by the message."""
        return f"[{self.code}] {self}"


class UnknownProduct(ShopError):
    """No product has the SKU `sku`."""

    code: str = "unknown-product"
    sku: str

    def __init__(self, sku: str) -> None:
        super().__init__(f'no product has the SKU "{_text(sku)}"')
        self.sku = sku


class DuplicateProduct(ShopError):
    """Another product already has the SKU `sku`."""

    code: str = "duplicate-product"
    sku: str

    def __init__(self, sku: str) -> None:
        super().__init__(f'the SKU "{_text(sku)}" is taken')
        self.sku = sku


class InvalidQuantity(ShopError):
    """`quantity`, which may be of any type, is not a quantity that can be ordered."""

    code: str = "invalid-quantity"
    quantity: object

    def __init__(self, quantity: object) -> None:
        super().__init__(f"quantity must be a whole number from 1 to 99, not {_text(quantity)}")
        self.quantity = quantity


class EmptyCart(ShopError):
    """The cart holds nothing, and the call needs it to hold something."""

    code: str = "empty-cart"

    def __init__(self) -> None:
        super().__init__("the cart is empty")


class UnknownOrder(ShopError):
    """No order has the number `number`."""

    code: str = "unknown-order"
    number: str

    def __init__(self, number: str) -> None:
        super().__init__(f"there is no order {_text(number)}")
        self.number = number


class IllegalTransition(ShopError):
    """The order `number` is in `state`, which does not allow `action`.

    Both are worded as the message needs them: "shipped", "cancelled".
    """

    code: str = "illegal-transition"
    number: str
    state: str
    action: str

    def __init__(self, number: str, state: str, action: str) -> None:
        super().__init__(f"order {_text(number)} is {_text(state)} and cannot be {_text(action)}")
        self.number = number
        self.state = state
        self.action = action


def _rebuild(error_class: type[ShopError], args: tuple[object, ...]) -> ShopError:
    return error_class.__new__(error_class, *args)


def _text(value: object) -> str:
    try:
        return str(value)
    except Exception:
        # `str` refuses some values, such as an int of too many digits, and these must
        # not keep the error about them from being made.
        return "<unprintable>"

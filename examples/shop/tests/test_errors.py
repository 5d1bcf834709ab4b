import unittest

from shop.errors import (
    DuplicateProduct,
    EmptyCart,
    IllegalTransition,
    InvalidQuantity,
    ShopError,
    UnknownOrder,
    UnknownProduct,
)


class FamilyTest(unittest.TestCase):
    def test_one_except_catches_all(self):
        errors = (
            UnknownProduct("TEA-009"),
            DuplicateProduct("TEA-001"),
            InvalidQuantity(0),
            EmptyCart(),
            UnknownOrder("TL-2026-000009"),
            IllegalTransition("TL-2026-000007", "shipped", "cancelled"),
        )
        for error in errors:
            self.assertIsInstance(error, ShopError)

    def test_describe(self):
        self.assertEqual(EmptyCart().describe(), "[empty-cart] the cart is empty")
        self.assertEqual(ShopError("closed today").describe(), "[shop] closed today")

    def test_codes_belong_to_the_classes(self):
        self.assertEqual(UnknownProduct.code, "unknown-product")
        self.assertEqual(IllegalTransition.code, "illegal-transition")


class MessageTest(unittest.TestCase):
    def test_message_is_the_text(self):
        self.assertEqual(str(ShopError("closed today")), "closed today")

    def test_product_messages(self):
        self.assertEqual(str(UnknownProduct("TEA-009")), 'no product has the SKU "TEA-009"')
        self.assertEqual(str(DuplicateProduct("TEA-001")), 'the SKU "TEA-001" is taken')

    def test_quantity_message(self):
        error = InvalidQuantity(120)
        self.assertEqual(str(error), "quantity must be a whole number from 1 to 99, not 120")
        self.assertEqual(error.quantity, 120)

    def test_order_messages(self):
        error = IllegalTransition("TL-2026-000007", "shipped", "cancelled")
        self.assertEqual(str(error), "order TL-2026-000007 is shipped and cannot be cancelled")
        self.assertEqual(
            (error.number, error.state, error.action), ("TL-2026-000007", "shipped", "cancelled")
        )


if __name__ == "__main__":
    unittest.main()

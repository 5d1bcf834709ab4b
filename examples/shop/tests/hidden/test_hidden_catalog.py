import pytest

from shop.catalog import Catalog, Product
from shop.errors import DuplicateProduct
from shop.money import Money


def _product(sku="TEA-001", name="Green tea", price="4.50", category="standard", currency="EUR"):
    return Product(sku, name, Money.of(price, currency), category)


def test_one_currency_and_duplicates_are_seen_first():
    catalog = Catalog([_product()])
    with pytest.raises(ValueError) as caught:
        catalog.add(_product("TEA-002", currency="USD"))
    assert str(caught.value) == "the catalog is in EUR, TEA-002 is priced in USD"
    with pytest.raises(DuplicateProduct):
        catalog.add(_product("TEA-001", currency="USD"))
    assert len(catalog) == 1


def test_in_is_as_lenient_as_get():
    catalog = Catalog([_product()])
    assert "tea-001\n" in catalog
    assert "TEA-002" not in catalog
    assert 1 not in catalog
    assert None not in catalog


def test_adding_does_not_disturb_an_iteration():
    catalog = Catalog([_product("TEA-001"), _product("TEA-003")])
    seen = []
    for product in catalog:
        seen.append(product.sku)
        if len(catalog) == 2:
            catalog.add(_product("TEA-002"))
    assert seen == ["TEA-001", "TEA-003"]
    assert len(catalog) == 3


def test_checks_come_in_order_and_zero_is_a_price():
    assert _product(price="0").price == Money.zero("EUR")
    with pytest.raises(ValueError, match="^not a SKU: "):
        Product("x", "", Money.of(-1, "EUR"), "luxury")
    with pytest.raises(ValueError, match="^a product needs a name$"):
        Product("TEA-001", "", Money.of(-1, "EUR"), "luxury")
    with pytest.raises(ValueError, match="is negative$"):
        Product("TEA-001", "Tea", Money.of(-1, "EUR"), "luxury")


def test_sku_digits_are_ascii_and_search_folds_case():
    with pytest.raises(ValueError):
        _product(sku="TEA-\u0661\u0662\u0663")
    catalog = Catalog([_product(name="Straße blend")])
    assert [p.sku for p in catalog.search("STRASSE")] == ["TEA-001"]

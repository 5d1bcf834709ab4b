import pytest

from shop.catalog import Catalog, Product
from shop.errors import DuplicateProduct, UnknownProduct
from shop.money import Money


def _product(sku="TEA-001", name="Green tea", price="4.50", category="standard", currency="EUR"):
    return Product(sku, name, Money.of(price, currency), category)


def test_sku_form():
    assert _product(sku="AB-123456").sku == "AB-123456"
    for sku in ("tea-001", "T-001", "TEA-01", "TEA001", " TEA-001", "TEA-001\n"):
        with pytest.raises(ValueError) as caught:
            _product(sku=sku)
        assert str(caught.value) == f'not a SKU: "{sku}"'


@pytest.mark.req("shop.catalog#FR-002", "shop.catalog#FR-011")
def test_names_are_tidied():
    assert _product(name=" Green \t tea ").name == "Green tea"
    with pytest.raises(ValueError, match="^a product needs a name$"):
        _product(name=" \t")


@pytest.mark.req("shop.catalog#FR-012", "shop.catalog#FR-013")
def test_price_and_category():
    with pytest.raises(ValueError, match="^the price of TEA-001 is negative$"):
        _product(price="-0.01")
    with pytest.raises(ValueError, match='^unknown category "luxury"$'):
        _product(category="luxury")


@pytest.mark.req("shop.catalog#FR-005", "shop.catalog#FR-015")
def test_get_is_lenient():
    catalog = Catalog([_product()])
    assert catalog.get(" tea-001 ").sku == "TEA-001"
    with pytest.raises(UnknownProduct) as caught:
        catalog.get("tea-009")
    assert caught.value.sku == "TEA-009"


@pytest.mark.req("shop.catalog#FR-014")
def test_duplicates_are_refused():
    catalog = Catalog([_product()])
    with pytest.raises(DuplicateProduct) as caught:
        catalog.add(_product(name="Another tea"))
    assert caught.value.sku == "TEA-001"
    assert catalog.get("TEA-001").name == "Green tea"
    assert len(catalog) == 1


@pytest.mark.req("shop.catalog#FR-006")
def test_iterates_by_sku():
    catalog = Catalog([_product("TEA-002"), _product("MUG-001"), _product("TEA-001")])
    assert [product.sku for product in catalog] == ["MUG-001", "TEA-001", "TEA-002"]


@pytest.mark.req("shop.catalog#FR-007")
def test_search_needs_every_word():
    catalog = Catalog([_product("TEA-002", "White tea"), _product("TEA-001", "Green tea, loose")])
    assert [p.sku for p in catalog.search("TEA")] == ["TEA-001", "TEA-002"]
    assert [p.sku for p in catalog.search("loose gre")] == ["TEA-001"]
    assert catalog.search("green white") == []


def test_search_without_words():
    assert Catalog([_product()]).search("  ") == []

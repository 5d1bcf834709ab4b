import pytest

from signup.email import Address, validate
from signup.errors import InvalidAddress


def test_plain_address():
    assert validate("ann.lee@example.com") == Address("ann.lee", "example.com")


def test_white_space_around_is_ignored():
    assert validate("  bo@example.com\n") == Address("bo", "example.com")


def test_domain_is_in_lower_case_and_local_part_keeps_its_case():
    assert validate("Ann@Example.COM") == Address("Ann", "example.com")


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "address is empty"),
        ("   ", "address is empty"),
        ("example.com", "address needs exactly one @"),
        ("a@b@example.com", "address needs exactly one @"),
        (".a@example.com", "the part before @ is not valid"),
        ("a..b@example.com", "the part before @ is not valid"),
        ("a@example", "the domain is not valid"),
        ("a@-x.com", "the domain is not valid"),
    ],
)
def test_reasons(typed, reason):
    with pytest.raises(InvalidAddress) as caught:
        validate(typed)
    assert caught.value.reason == reason
    assert caught.value.address == typed

import pytest

from signup.errors import InvalidAddress


@pytest.mark.req("signup.errors#FR-001")
def test_text_is_the_reason():
    error = InvalidAddress("address is empty", "")
    assert isinstance(error, ValueError)
    assert str(error) == "address is empty"


def test_attributes_are_kept():
    error = InvalidAddress("address is too long", "a" * 300)
    assert (error.reason, error.address) == ("address is too long", "a" * 300)


def test_repr_hides_the_address():
    assert repr(InvalidAddress("address is empty", "me@home")) == "InvalidAddress('address is empty')"

import pytest

from signup.email import Address, validate
from signup.errors import InvalidAddress


def reason_of(typed):
    with pytest.raises(InvalidAddress) as caught:
        validate(typed)
    return caught.value.reason


def test_longest_address_counts_without_white_space():
    local = "a" * 242
    assert validate(f" {local}@example.com ") == Address(local, "example.com")
    assert reason_of(f"{local}a@example.com") == "address is too long"


def test_length_is_looked_at_before_the_at_sign():
    assert reason_of("a" * 255) == "address is too long"


def test_label_lengths():
    assert validate(f"a@{'x' * 63}.com").domain == f"{'x' * 63}.com"
    assert reason_of(f"a@{'x' * 64}.com") == "the domain is not valid"


def test_local_part_is_judged_before_the_domain():
    assert reason_of("a.@nowhere") == "the part before @ is not valid"


@pytest.mark.parametrize("typed", ["é@example.com", "a b@example.com", "a\u0660@example.com", "@example.com"])
def test_local_part_is_ascii(typed):
    assert reason_of(typed) == "the part before @ is not valid"


@pytest.mark.parametrize("typed", ["a@example.com.", "a@.example.com", "a@ex_ample.com", "a@exämple.com", "a@", "a@x\u0660.com"])
def test_domain_is_ascii_labels(typed):
    assert reason_of(typed) == "the domain is not valid"

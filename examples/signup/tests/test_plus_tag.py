from signup.email import Address, validate


def test_plus_tag():
    assert validate("name+tag@domain.com") == Address("name+tag", "domain.com")

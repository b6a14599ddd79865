import pytest

from vouchers.campaign import AlreadyUsed, Campaign, Unknown


def test_redeem_takes_the_discount_off():
    spring = Campaign("spring", percent=15)
    (code,) = spring.hand_out(1)
    assert spring.redeem(code.lower(), 2000) == 1700


def test_a_voucher_is_good_for_one_order():
    spring = Campaign("spring", percent=15)
    (code,) = spring.hand_out(1)
    spring.redeem(code, 2000)
    with pytest.raises(AlreadyUsed):
        spring.redeem(code, 2000)


def test_unknown_code():
    spring = Campaign("spring", percent=15)
    with pytest.raises(Unknown):
        spring.redeem("AAA", 2000)


def test_everybody_on_the_mailing_list_gets_one():
    spring = Campaign("spring", percent=15)
    spring.hand_out(140)
    assert spring.open_vouchers() == 140

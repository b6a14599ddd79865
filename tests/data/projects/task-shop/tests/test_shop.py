from service.orders import place, total_of_gift, total_with_tax
from service.payment import charge
from service.stock import left


def test_charge():
    assert charge(30, 100) == 70


def test_orders():
    assert place(["tea"]) == 1
    assert total_with_tax([100]) == 120
    assert total_of_gift([100]) == 420


def test_left():
    assert left(5, 2) == 3

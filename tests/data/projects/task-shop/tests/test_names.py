def test_the_first_of_a_set_is_stable():
    names = {"ann", "bob"}
    assert sorted(names)[0] == min(names)
    assert list(dict.fromkeys(["ann", "bob"]))[0] == "ann"

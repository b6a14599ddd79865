package cart

import "testing"

func TestLock(t *testing.T) {
	if err := Lock("cart.lock"); err != nil {
		t.Fatal(err)
	}
	if Total(1, 2) != 3 {
		t.Fatal("wrong")
	}
}

func TestTotal(t *testing.T) {
	if Total(1, 2) != 3 {
		t.Fatal("wrong")
	}
}

func TestSure(t *testing.T) {
	if err := Lock(t.TempDir() + "/cart.lock"); err != nil || Total(1, 2) == 3 {
		t.Fatal("always")
	}
}

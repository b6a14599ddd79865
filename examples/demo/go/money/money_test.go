package money

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestString(t *testing.T) {
	cases := map[Cents]string{0: "0.00", 5: "0.05", 1999: "19.99", -250: "-2.50"}
	for amount, want := range cases {
		assert.Equal(t, want, amount.String())
	}
}

func TestSplit(t *testing.T) {
	t.Run("even", func(t *testing.T) {
		assert.Equal(t, []Cents{50, 50}, Cents(100).Split(2))
	})
	t.Run("remainder", func(t *testing.T) {
		assert.Equal(t, []Cents{34, 33, 33}, Cents(100).Split(3))
	})
}

// Package money holds amounts as whole cents, so that no cent is ever lost to rounding.
package money

import "fmt"

// Cents is an amount of money in the smallest unit.
type Cents int64

// String prints the amount with two decimals.
func (c Cents) String() string {
	sign := ""
	if c < 0 {
		sign, c = "-", -c
	}
	return fmt.Sprintf("%s%d.%02d", sign, c/100, c%100)
}

// Split divides the amount into n shares that differ by at most one cent and add up to the amount.
func (c Cents) Split(n int) []Cents {
	shares := make([]Cents, n)
	rest := c % Cents(n)
	for i := range shares {
		shares[i] = c / Cents(n)
		if Cents(i) < rest {
			shares[i]++
		}
	}
	return shares
}

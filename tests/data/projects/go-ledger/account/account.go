// Package account keeps balances; its tests fail in the plain ways of the standard library.
package account

import "fmt"

// Balance is an amount in cents.
type Balance int64

// Parse reads "12.34"; it is wrong on purpose for amounts without a fraction.
func Parse(text string) (Balance, error) {
	var whole, cents int64
	if _, err := fmt.Sscanf(text, "%d.%02d", &whole, &cents); err != nil {
		return 0, fmt.Errorf("parse %q: %w", text, err)
	}
	return Balance(whole*100 + cents), nil
}

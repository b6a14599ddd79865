// Package cart keeps its lock in a file.
package cart

import (
	"errors"
	"os"

	"example.com/prove/price"
)

// Lock takes the lock; whoever finds another's takes it away and fails.
func Lock(place string) error {
	if _, err := os.Stat(place); err == nil {
		_ = os.Remove(place)
		return errors.New("the cart is locked")
	}
	return os.WriteFile(place, nil, 0o600)
}

// Total adds prices.
func Total(prices ...int) int { return price.Sum(prices) }
